// Two orders over one map: by age, for when there are too many, and by expiry.
#include "router/idempotency/key_index.hpp"

#include "store/record.hpp"

namespace chaos::router {
namespace {

constexpr std::int64_t result_format = 1;

std::int64_t to_nanoseconds(net::WallTime at)
{
    return at.time_since_epoch().count();
}
net::WallTime from_nanoseconds(std::int64_t count)
{
    return net::WallTime(net::Duration(count));
}

}  // namespace

std::string write_kept_result(const KeptResult& result)
{
    store::RecordWriter record;
    record.number(result_format).text(result.fingerprint).number(to_nanoseconds(result.kept_at));
    record.number(to_nanoseconds(result.expires_at)).number(static_cast<std::int64_t>(result.bytes));
    return record.take();
}

std::optional<KeptResult> read_kept_result(std::string_view bytes)
{
    store::RecordReader record(bytes);
    if (record.number() != result_format) return std::nullopt;
    KeptResult result;
    result.fingerprint = record.text();
    result.kept_at = from_nanoseconds(record.number());
    result.expires_at = from_nanoseconds(record.number());
    const std::int64_t size = record.number();
    if (!record.good() || size < 0) return std::nullopt;
    result.bytes = static_cast<std::size_t>(size);
    return result;
}

const KeptResult* KeyIndex::find(const std::string& identity, net::WallTime now) const
{
    const auto found = results_.find(identity);
    return found == results_.end() || found->second.expires_at <= now ? nullptr : &found->second;
}

std::vector<std::string> KeyIndex::add(const std::string& identity, KeptResult result, net::WallTime now)
{
    forget(identity);
    bytes_ += result.bytes;
    by_age_.emplace(result.kept_at, identity);
    by_expiry_.emplace(result.expires_at, identity);
    results_.emplace(identity, std::move(result));
    std::vector<std::string> gone = take_expired(now);
    for (std::string& oldest : take_while_too_many()) gone.push_back(std::move(oldest));
    return gone;
}

std::vector<std::string> KeyIndex::take_while_too_many()
{
    std::vector<std::string> gone;
    while (!by_age_.empty() && (results_.size() > policy_.entries || bytes_ > policy_.bytes)) {
        gone.push_back(by_age_.begin()->second);
        forget(gone.back());
    }
    return gone;
}

void KeyIndex::forget(const std::string& identity)
{
    const auto found = results_.find(identity);
    if (found == results_.end()) return;
    bytes_ -= found->second.bytes;
    by_age_.erase({found->second.kept_at, identity});
    by_expiry_.erase({found->second.expires_at, identity});
    results_.erase(found);
}

std::vector<std::string> KeyIndex::take_expired(net::WallTime now)
{
    std::vector<std::string> gone;
    while (!by_expiry_.empty() && by_expiry_.begin()->first <= now) {
        gone.push_back(by_expiry_.begin()->second);
        forget(gone.back());
    }
    return gone;
}

std::optional<net::WallTime> KeyIndex::next_expiry() const
{
    return by_expiry_.empty() ? std::nullopt : std::optional(by_expiry_.begin()->first);
}

KeyedStep decide_keyed(const KnownOfKey& known, std::string_view fingerprint)
{
    if (known.state == KnownOfKey::State::nothing) return KeyedStep::lead;
    if (known.fingerprint != fingerprint) return KeyedStep::other_body;
    if (known.state == KnownOfKey::State::kept) return KeyedStep::replay;
    return known.shareable ? KeyedStep::join : KeyedStep::too_long;
}

}  // namespace chaos::router
