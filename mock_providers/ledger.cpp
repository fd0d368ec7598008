// One effect a key, however often and however concurrently it is asked for.
#include "mock_providers/ledger.hpp"

namespace chaos::mock_providers {

net::Task<std::shared_ptr<LedgerEntry>> Ledger::open(const std::string& key, const std::string& tool,
                                                     const std::string& effect)
{
    while (true) {
        const auto known = entries_.find(key);
        if (known == entries_.end()) {
            auto entry = std::make_shared<LedgerEntry>();
            entry->tool = tool;
            entry->effect = effect;
            entries_.emplace(key, entry);
            co_return entry;
        }
        const std::shared_ptr<LedgerEntry> entry = known->second;
        while (!entry->done && !entry->abandoned) {
            co_await entry->settled.wait();
        }
        if (entry->done) {
            co_return entry;
        }
    }
}

void Ledger::settle(LedgerEntry& entry, ToolReply reply)
{
    entry.reply = std::move(reply);
    entry.done = true;
    entry.settled.notify_all();
}

void Ledger::abandon(const std::string& key, LedgerEntry& entry)
{
    entry.abandoned = true;
    const auto known = entries_.find(key);
    if (known != entries_.end() && known->second.get() == &entry) {
        entries_.erase(known);
    }
    entry.settled.notify_all();
}

}  // namespace chaos::mock_providers
