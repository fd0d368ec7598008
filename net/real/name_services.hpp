// Which services this machine asks for the address of a host.
#pragma once

#include <string_view>

namespace chaos::net::real {

/// Whether, by this nsswitch.conf, a name that is in no file is asked of name servers, and of nobody else before them.
bool asks_name_servers(std::string_view nsswitch);

/// The same of this machine; false also where a daemon asks on behalf of all programs.
bool this_machine_asks_name_servers();

}  // namespace chaos::net::real
