// Finding the row.
#include "mock_providers/dialects/error_rows.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace chaos::mock_providers {

wire::ProviderError error_in(std::span<const ErrorRow> rows, int status, int nearest, std::string_view model)
{
    const auto of = [rows](int wanted) {
        return std::find_if(rows.begin(), rows.end(), [wanted](const ErrorRow& row) { return row.status == wanted; });
    };
    auto row = of(status);
    if (row == rows.end()) {
        row = of(status >= 500 ? 500 : nearest);
    }
    wire::ProviderError error;
    error.status = status;
    error.type = row->type;
    error.code = row->code;
    error.message = fmt::format(fmt::runtime(row->message), model);
    return error;
}

}  // namespace chaos::mock_providers
