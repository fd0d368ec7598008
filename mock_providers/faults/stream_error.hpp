// Whether a stream of this script can say that something went wrong: some servers swallow it and just end.
#pragma once

#include <string>

#include "mock_providers/script.hpp"

namespace chaos::mock_providers::faults {

/// Asked of what would be written: an error's words stand in its bytes, or they do not.
inline bool can_say_errors(const Script& script)
{
    const wire::ProviderError error = script.usual_error(500);
    std::string bytes;
    script.api->stream_writer(script.answer, script.include_usage)->write(bytes, wire::delta::Failed{error});
    return bytes.find(error.message) != std::string::npos;
}

}  // namespace chaos::mock_providers::faults
