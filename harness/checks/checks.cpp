// The table of all checks.
#include "harness/checks/check.hpp"

#include "harness/checks/table.hpp"

namespace chaos::harness {

const std::vector<CheckEntry>& checks()
{
    static const std::vector<CheckEntry> table = {
        {"sound_history",
         "Is the history whole and in order, did the rig keep time, does the subject work when nothing is wrong?", "",
         "lags of the rig up to 250 ms; requests still open when a run was interrupted", make_sound_history},
    };
    return table;
}

}  // namespace chaos::harness
