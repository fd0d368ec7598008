#include "tests/checks/one_check.hpp"

#include <algorithm>
#include <stdexcept>

namespace chaos::testing {

history::CheckResult CheckAnswer::only() const
{
    history::CheckResult none;
    none.id = "not exactly one result";
    return results.size() == 1 ? results.front() : none;
}

history::CheckResult CheckAnswer::named(const std::string& id) const
{
    const auto found =
        std::find_if(results.begin(), results.end(), [&](const auto& result) { return result.id == id; });
    history::CheckResult none;
    none.id = "no result " + id;
    return found == results.end() ? none : *found;
}

std::vector<std::string> CheckAnswer::messages() const
{
    std::vector<std::string> messages;
    for (const history::Finding& finding : only().findings) messages.push_back(finding.message);
    return messages;
}

CheckAnswer run_check(const std::string& id, const harness::Plan& plan, const std::vector<history::Event>& events)
{
    const auto& table = harness::checks();
    const auto entry = std::find_if(table.begin(), table.end(), [&](const auto& row) { return row.id == id; });
    if (entry == table.end()) throw std::logic_error("no check " + id);
    harness::Book book;
    const std::unique_ptr<harness::Check> check = entry->make(plan, book);
    if (check == nullptr) return {};
    for (const history::Event& event : events) {
        book.see(event);
        check->see(event);
    }
    CheckAnswer answer;
    answer.results = check->finish();
    answer.warnings = check->warnings();
    return answer;
}

}  // namespace chaos::testing
