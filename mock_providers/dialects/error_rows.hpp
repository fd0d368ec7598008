// What a vendor says when it does not answer: a table of its usual errors, one row a status.
#pragma once

#include <span>
#include <string_view>

#include "wire/chat.hpp"

namespace chaos::mock_providers {

struct ErrorRow {
    int status;
    std::string_view type;
    std::string_view message;  ///< "{}" stands for the model
    std::string_view code = {};
};

/// The vendor's words for this status. For one that has no row: those for 500, or of the other statuses those for
/// `nearest`, both of which have one.
wire::ProviderError error_in(std::span<const ErrorRow> rows, int status, int nearest, std::string_view model);

}  // namespace chaos::mock_providers
