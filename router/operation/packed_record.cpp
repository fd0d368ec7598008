// One list of members for each kind of record, which serves both ways.
#include "router/operation/packed_record.hpp"

#include <algorithm>
#include <cstring>
#include <type_traits>

namespace chaos::router {
namespace {

/// What can be copied byte by byte and names nothing outside itself.
template <class Value>
concept Plain =
    std::is_trivially_copyable_v<Value> && !std::is_pointer_v<Value> && !std::is_same_v<Value, std::string_view>;

/// Of a longer text only this much is kept: our own words are shorter, and of other people's less is shown.
constexpr std::size_t longest_text = 512;

std::string_view kept_of(const std::string& text)
{
    return std::string_view(text).substr(0, longest_text);
}

/// How many bytes will be written. Measured first, so that writing is a copy for each member and nothing else.
class Measuring {
public:
    template <Plain Value>
    void operator()(const Value& value)
    {
        size_ += sizeof value;
    }
    void operator()(const std::string& text) { size_ += sizeof(std::size_t) + kept_of(text).size(); }
    void operator()(const std::vector<std::string>& texts)
    {
        size_ += sizeof(std::size_t);
        for (const std::string& text : texts) (*this)(text);
    }
    std::size_t size() const { return size_; }

private:
    std::size_t size_ = 0;
};

class Packing {
public:
    /// `room` is as large as was measured.
    explicit Packing(char* room) : at_(room) {}

    template <Plain Value>
    void operator()(const Value& value)
    {
        std::memcpy(at_, &value, sizeof value);
        at_ += sizeof value;
    }
    void operator()(const std::string& text)
    {
        const std::string_view kept = kept_of(text);
        (*this)(kept.size());
        at_ = std::copy(kept.begin(), kept.end(), at_);
    }
    void operator()(const std::vector<std::string>& texts)
    {
        (*this)(texts.size());
        for (const std::string& text : texts) (*this)(text);
    }

private:
    char* at_;
};

class Unpacking {
public:
    explicit Unpacking(std::string_view& bytes) : bytes_(bytes) {}

    template <Plain Value>
    void operator()(Value& value)
    {
        const std::string_view taken = take(sizeof value);
        if (taken.size() == sizeof value) std::memcpy(&value, taken.data(), sizeof value);
    }
    void operator()(std::string& text) { text = take(size()); }
    void operator()(std::vector<std::string>& texts)
    {
        texts.resize(size());
        for (std::string& text : texts) (*this)(text);
    }

private:
    std::size_t size()
    {
        std::size_t size = 0;
        (*this)(size);
        return size;
    }
    std::string_view take(std::size_t count)
    {
        const std::string_view taken = bytes_.substr(0, count);
        bytes_.remove_prefix(taken.size());
        return taken;
    }

    std::string_view& bytes_;
};

// Records are const when they are packed, and not when they are unpacked.

template <class Way, class Trace>
void members_of_trace(Way& way, Trace& trace)
{
    way(trace.trace_id);
    way(trace.span_id);
}

template <class Way, class Answer>
void members_of_answer(Way& way, Answer& answer)
{
    way(answer.id);
    way(answer.model);
    way(answer.finish);
    way(answer.usage);
}

/// The id first: packed_id() relies on it.
template <class Way, class Request>
void members_of_request(Way& way, Request& request)
{
    way(request.id);
    way(request.caller);
    way(request.path);
    way(request.model);
    way(request.stream);
    members_of_trace(way, request.trace);
    way(request.parent_span);
    way(request.began);
    way(request.took);
    way(request.first_content);
    way(request.upstream);
    way(request.waited);
    way(request.status);
    way(request.whole);
    way(request.client_left);
    way(request.broken);
    way(request.error_code);
    way(request.keyed);
    way(request.attempts);
    way(request.served_by);
    way(request.degraded);
    way(request.dropped);
    members_of_answer(way, request.answer);
}

template <class Way, class Attempt>
void members_of_attempt(Way& way, Attempt& attempt)
{
    way(attempt.request);
    way(attempt.number);
    way(attempt.target);
    way(attempt.dialect);
    way(attempt.model);
    way(attempt.because);
    way(attempt.after);
    way(attempt.after_what);
    way(attempt.fresh_connection);
    way(attempt.repair);
    way(attempt.hedge);
    members_of_trace(way, attempt.trace);
    way(attempt.began);
    way(attempt.took);
    way(attempt.first_content);
    way(attempt.what);
    way(attempt.timer);
    way(attempt.status);
    way(attempt.why);
    way(attempt.provider_request_id);
    members_of_answer(way, attempt.answer);
    way(attempt.decision.kind);
    way(attempt.decision.target);
    way(attempt.decision.wait);
    way(attempt.decision.reason);
}

char* room_behind(std::string& bytes, std::size_t size)
{
    const std::size_t before = bytes.size();
    bytes.resize(before + size);
    return bytes.data() + before;
}

}  // namespace

void pack(std::string& bytes, const RequestRecord& request)
{
    Measuring measuring;
    members_of_request(measuring, request);
    Packing packing(room_behind(bytes, measuring.size()));
    members_of_request(packing, request);
}

void pack(std::string& bytes, const AttemptRecord& attempt)
{
    Measuring measuring;
    members_of_attempt(measuring, attempt);
    Packing packing(room_behind(bytes, measuring.size()));
    members_of_attempt(packing, attempt);
}

RequestId packed_id(std::string_view bytes)
{
    RequestId id;
    Unpacking unpacking(bytes);
    unpacking(id);
    return id;
}

RequestRecord unpack_request(std::string_view& bytes)
{
    RequestRecord request;
    Unpacking unpacking(bytes);
    members_of_request(unpacking, request);
    return request;
}

AttemptRecord unpack_attempt(std::string_view& bytes)
{
    AttemptRecord attempt;
    Unpacking unpacking(bytes);
    members_of_attempt(unpacking, attempt);
    return attempt;
}

}  // namespace chaos::router
