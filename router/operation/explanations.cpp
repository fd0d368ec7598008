// Keeping, forgetting and writing.
#include "router/operation/explanations.hpp"

#include <numeric>

#include "router/operation/packed_record.hpp"
#include "router/operation/record_json.hpp"

namespace chaos::router {
namespace {

/// One that had more to say than this gives its memory back when its place is taken.
constexpr std::size_t most_room_kept = 4096;

std::string explain(const RequestRecord& request, std::string_view attempts, bool under_way)
{
    std::string out;
    JsonObject object(out);
    object.flag("under_way", under_way);
    write_request(object, request);
    std::string& list = object.member("tried");
    list += '[';
    while (!attempts.empty()) {
        const AttemptRecord attempt = unpack_attempt(attempts);
        if (list.back() != '[') list += ',';
        JsonObject tried(list);
        tried.milliseconds("began_ms", attempt.began - request.began);
        write_attempt(tried, attempt);
        tried.end();
    }
    list += ']';
    object.end();
    out += '\n';
    return out;
}

}  // namespace

void Explanations::began(const RequestStart& request)
{
    if (keep_ > 0) under_way_[request.request].began = request.at;
}

void Explanations::add(const AttemptRecord& attempt)
{
    const auto request = under_way_.find(attempt.request);
    if (request != under_way_.end()) pack(request->second.attempts, attempt);
}

void Explanations::ended(const RequestRecord& request)
{
    const auto was = under_way_.find(request.id);
    if (was == under_way_.end()) return;
    std::string& kept = next_place();
    pack(kept, request);
    kept += was->second.attempts;
    under_way_.erase(was);
}

/// Its memory is used again: what is allocated and freed far apart is never in the processor's caches.
std::string& Explanations::next_place()
{
    if (over_.size() < keep_) return over_.emplace_back();
    std::string& place = over_[oldest_];
    oldest_ = (oldest_ + 1) % keep_;
    place.clear();
    if (place.capacity() > most_room_kept) place.shrink_to_fit();
    return place;
}

std::size_t Explanations::room_taken() const
{
    return std::accumulate(over_.begin(), over_.end(), std::size_t{},
                           [](std::size_t sum, const std::string& place) { return sum + place.capacity(); });
}

std::optional<std::string> Explanations::find(std::string_view id) const
{
    const RequestId wanted(id);
    const auto open = under_way_.find(wanted);
    if (open != under_way_.end()) {
        RequestRecord so_far;
        so_far.id = wanted;
        so_far.began = open->second.began;
        return explain(so_far, open->second.attempts, true);
    }
    const auto kept =
        std::find_if(over_.begin(), over_.end(), [&](const std::string& bytes) { return packed_id(bytes) == wanted; });
    if (kept == over_.end()) return std::nullopt;
    std::string_view bytes = *kept;
    const RequestRecord request = unpack_request(bytes);
    return explain(request, bytes, false);
}

}  // namespace chaos::router
