// A filter between what a dialect writes and the wire: for what happens to a body on its way.
#pragma once

#include <string>
#include <string_view>

namespace chaos::mock_providers {

/// One for each response.
class BodyFilter {
public:
    virtual ~BodyFilter() = default;

    /// What goes out now that these bytes are due: whole events of a stream, or a whole body.
    virtual std::string pass(std::string_view bytes) = 0;
    /// What is still to go out at the end of the body.
    virtual std::string finish() { return ""; }
};

}  // namespace chaos::mock_providers
