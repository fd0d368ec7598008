// Reading nsswitch.conf.
#include "net/real/name_services.hpp"

#include <unistd.h>

#include <fstream>
#include <iterator>
#include <sstream>
#include <string>

namespace chaos::net::real {
namespace {

/// Those that answer for names of their own alone.
bool lets_pass(std::string_view service)
{
    return service == "files" || service == "myhostname" || service == "mymachines" || service.starts_with("mdns") ||
           service.starts_with("[");
}

bool asks_name_servers_in(std::string services)
{
    std::istringstream words(services.substr(0, services.find('#')));
    for (std::string service; words >> service;) {
        if (service == "dns") return true;
        if (service.starts_with("[") && service.find(']') == std::string::npos) {
            std::getline(words, service, ']');
        } else if (!lets_pass(service)) {
            return false;
        }
    }
    return false;
}

}  // namespace

bool asks_name_servers(std::string_view nsswitch)
{
    std::istringstream lines{std::string(nsswitch)};
    for (std::string line; std::getline(lines, line);) {
        const std::size_t word = line.find_first_not_of(" \t");
        if (word != std::string::npos && line.compare(word, 6, "hosts:") == 0) {
            return asks_name_servers_in(line.substr(word + 6));
        }
    }
    return true;  // the C library's own default
}

bool this_machine_asks_name_servers()
{
    if (::access("/run/nscd/socket", F_OK) == 0) return false;
    std::ifstream file("/etc/nsswitch.conf");
    return asks_name_servers(std::string(std::istreambuf_iterator<char>(file), {}));
}

}  // namespace chaos::net::real
