// The ledger of a tool server: which idempotency keys it knows, and what it answered to them.
#pragma once

#include <map>
#include <memory>
#include <string>

#include "mock_providers/tool_script.hpp"
#include "net/condition.hpp"

namespace chaos::mock_providers {

/// What happened under one key. While it is under way, others with the same key wait for it.
struct LedgerEntry {
    std::string tool;
    std::string effect;
    bool done = false;       ///< the effect happened; `reply` is what was (or would have been) answered
    bool abandoned = false;  ///< it failed before any effect: the key is free again
    ToolReply reply;
    net::Condition settled;
};

class Ledger {
public:
    /// The entry of a key, waiting while its effect is under way. A new one is returned with neither done nor abandoned
    /// set: the caller now owes settle() or abandon(). The texts must stay alive until then.
    net::Task<std::shared_ptr<LedgerEntry>> open(const std::string& key, const std::string& tool,
                                                 const std::string& effect);
    void settle(LedgerEntry& entry, ToolReply reply);
    void abandon(const std::string& key, LedgerEntry& entry);
    /// Every key is free again; what is under way comes to its end.
    void forget() { entries_.clear(); }

private:
    std::map<std::string, std::shared_ptr<LedgerEntry>> entries_;
};

}  // namespace chaos::mock_providers
