// Keeping, forgetting and writing.
#include "router/operation/explanations.hpp"

#include "router/operation/record_json.hpp"

namespace chaos::router {

void Explanations::began(const RequestStart& request)
{
    if (keep_ == 0) return;
    RequestRecord& record = entries_[std::string(request.request)].request;
    record.id = request.request;
    record.began = request.at;
}

void Explanations::add(const AttemptRecord& attempt)
{
    const auto entry = entries_.find(attempt.request);
    if (entry == entries_.end()) return;
    entry->second.attempts.push_back(attempt);
    entry->second.attempts.back().words.clear();  // they may quote the conversation
}

void Explanations::ended(const RequestRecord& request)
{
    const auto entry = entries_.find(request.id);
    if (entry == entries_.end()) return;
    entry->second.request = request;
    entry->second.over = true;
    over_.push_back(request.id);
    while (over_.size() > keep_) {
        entries_.erase(over_.front());
        over_.pop_front();
    }
}

std::optional<std::string> Explanations::find(std::string_view id) const
{
    const auto entry = entries_.find(id);
    if (entry == entries_.end()) return std::nullopt;
    return write(entry->second);
}

std::string Explanations::write(const Entry& entry)
{
    std::string out;
    JsonObject object(out);
    object.flag("under_way", !entry.over);
    write_request(object, entry.request);
    std::string& list = object.member("tried");
    list += '[';
    for (const AttemptRecord& attempt : entry.attempts) {
        if (list.back() != '[') list += ',';
        JsonObject tried(list);
        tried.milliseconds("began_ms", attempt.began - entry.request.began);
        write_attempt(tried, attempt);
        tried.end();
    }
    list += ']';
    object.end();
    out += '\n';
    return out;
}

}  // namespace chaos::router
