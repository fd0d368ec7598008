// Other words for what a writer wrote: values in JSON, found by what stands before them.
#pragma once

#include <functional>
#include <string>
#include <string_view>

namespace chaos::mock_providers::faults {

/// Replaces every value that stands right after `key` (with its quotes and colon) by what `respell` makes of it. Values
/// are text with its quotes, null, or {}; what else stands there stays. Inside of JSON text no key is found: there its
/// quotes are escaped.
void respell_values(std::string& bytes, std::string_view key,
                    const std::function<std::string(std::string_view value)>& respell);

}  // namespace chaos::mock_providers::faults
