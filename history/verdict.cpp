// The ladder of verdicts: the worst wins, and nothing judged is unknown.
#include "history/verdict.hpp"

#include <algorithm>

namespace chaos::history {

std::string_view spelling(Verdict verdict)
{
    switch (verdict) {
        case Verdict::pass:
            return "pass";
        case Verdict::unknown:
            return "unknown";
        case Verdict::fail:
            return "fail";
    }
    return "";
}

Verdict worst(Verdict a, Verdict b)
{
    return std::max(a, b);
}

Verdict Judgement::verdict() const
{
    Verdict verdict = Verdict::pass;
    bool judged = false;
    for (const CheckResult& check : checks) {
        if (check.skipped) continue;
        judged = true;
        verdict = worst(verdict, check.verdict);
    }
    return judged ? verdict : Verdict::unknown;
}

}  // namespace chaos::history
