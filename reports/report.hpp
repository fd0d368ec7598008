// Reports are functions from accounts to text.
#pragma once

#include <string>
#include <vector>

#include "history/account.hpp"

namespace chaos::reports {

struct ConsoleStyle {
    bool colour = false;
    int width = 100;
};
/// What a person reads after one run: each check, measured against limit, what to look at, the command that repeats it.
std::string console(const history::Account& account, const ConsoleStyle& style);
/// The closing lines after several runs.
std::string console_summary(const std::vector<history::Account>& accounts, const ConsoleStyle& style);

/// One <testsuites>, one flat <testsuite> per run, one <testcase> per check.
std::string junit(const std::vector<history::Account>& accounts);

/// verdict.json: the judgement and the account of one run.
std::string json(const history::Account& account);

}  // namespace chaos::reports
