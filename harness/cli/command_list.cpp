#include <fmt/format.h>

#include "harness/checks/check.hpp"
#include "harness/cli/cli.hpp"
#include "harness/cli/reference.hpp"

namespace chaos::harness::cli {

int command_list(const std::string& what, const std::vector<SubjectKind>& subjects)
{
    std::vector<std::string> names;
    for (const Reference& reference : references(subjects)) {
        if (reference.name == what) {
            fmt::print("{}", reference.text());
            return passed;
        }
        names.push_back(reference.name);
    }
    fmt::print(stderr, "list: '{}' is not known{}; expected one of: {}\n", what, config::did_you_mean(what, names),
               fmt::join(names, ", "));
    return bad_input;
}

}  // namespace chaos::harness::cli
