// The reader of scenarios: a scenario or complaints, never both, each at a place in the file, and the same ones again.
#include <algorithm>

#include "harness/scenario.hpp"
#include "tests/fuzz/fuzz.hpp"

namespace chaos::fuzz {
namespace {

void check_complaints(const config::Complaints& complaints, const std::string& text)
{
    const int lines = 1 + static_cast<int>(std::count(text.begin(), text.end(), '\n'));
    for (const config::Complaint& complaint : complaints.sorted()) {
        demand(!complaint.text.empty(), "a complaint says something", text);
        demand(complaint.at.line >= 1 && complaint.at.line <= lines && complaint.at.column >= 1,
               "a complaint stands in the file: " + to_string(complaint), text);
    }
}

std::vector<std::string> read(const std::string& text, harness::Purpose purpose)
{
    config::Complaints complaints("fuzz.yaml");
    const auto scenario = harness::read_scenario("fuzz.yaml", text, complaints, purpose);
    demand(scenario.has_value() == complaints.empty(), "a scenario, or complaints", text);
    if (scenario) demand(scenario->text == text, "a scenario keeps its text", text);
    check_complaints(complaints, text);
    std::vector<std::string> words;
    for (const config::Complaint& complaint : complaints.sorted()) words.push_back(to_string(complaint));
    return words;
}

}  // namespace
}  // namespace chaos::fuzz

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size)
{
    using namespace chaos::fuzz;
    const std::string text(text_of(data, size));
    for (const chaos::harness::Purpose purpose : {chaos::harness::Purpose::run, chaos::harness::Purpose::serve}) {
        demand(read(text, purpose) == read(text, purpose), "the same text is read in the same way", text);
    }
    return 0;
}
