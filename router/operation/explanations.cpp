// Keeping, forgetting and writing.
#include "router/operation/explanations.hpp"

#include "router/operation/record_json.hpp"

namespace chaos::router {

void Explanations::began(const RequestStart& request)
{
    if (keep_ > 0) entries_[request.request].began = request.at;
}

void Explanations::add(const std::shared_ptr<const AttemptRecord>& attempt)
{
    const auto entry = entries_.find(attempt->request);
    if (entry != entries_.end()) entry->second.attempts.push_back(attempt);
}

void Explanations::ended(const std::shared_ptr<const RequestRecord>& request)
{
    const auto entry = entries_.find(request->id);
    if (entry == entries_.end()) return;
    entry->second.request = request;
    over_.push_back(request->id);
    while (over_.size() > keep_) {
        entries_.erase(over_.front());
        over_.pop_front();
    }
}

std::optional<std::string> Explanations::find(std::string_view id) const
{
    const auto entry = entries_.find(RequestId(id));
    if (entry == entries_.end()) return std::nullopt;
    if (entry->second.request) return write(entry->second, *entry->second.request);
    RequestRecord so_far;
    so_far.id = id;
    so_far.began = entry->second.began;
    return write(entry->second, so_far);
}

std::string Explanations::write(const Entry& entry, const RequestRecord& request)
{
    std::string out;
    JsonObject object(out);
    object.flag("under_way", entry.request == nullptr);
    write_request(object, request);
    std::string& list = object.member("tried");
    list += '[';
    for (const auto& attempt : entry.attempts) {
        if (list.back() != '[') list += ',';
        JsonObject tried(list);
        tried.milliseconds("began_ms", attempt->began - request.began);
        write_attempt(tried, *attempt);
        tried.end();
    }
    list += ']';
    object.end();
    out += '\n';
    return out;
}

}  // namespace chaos::router
