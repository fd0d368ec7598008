// Accounts of runs that went well, badly, vacuously and not at all: what reports are tested with.
#pragma once

#include "history/account.hpp"

namespace chaos::testing {

history::Account passed_run();
/// A call was sent again: side_effects is the primary finding, two others follow from it.
history::Account failed_run();
/// A fault that never happened.
history::Account vacuous_run();
history::Account interrupted_run();
/// A port was taken: nothing was judged.
history::Account troubled_run();
/// What subjects wrote: control characters, bytes that are not UTF-8, markup, very long texts.
history::Account hostile_run();

}  // namespace chaos::testing
