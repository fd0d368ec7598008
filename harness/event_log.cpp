#include "harness/event_log.hpp"

#include <algorithm>
#include <chrono>

namespace chaos::harness {

void EventLog::append(std::string_view line)
{
    std::lock_guard lock(mutex_);
    lines_.emplace_back(line);  // no longer than it is: there may be many
    if (lines_.size() > most_) {
        lines_.pop_front();
        ++dropped_;
    }
    came_.notify_all();
}

void EventLog::clear()
{
    std::lock_guard lock(mutex_);
    dropped_ += lines_.size();
    lines_.clear();
}

void EventLog::close()
{
    std::lock_guard lock(mutex_);
    closed_ = true;
    came_.notify_all();
}

std::string EventLog::lines_after(std::uint64_t& seen, bool wait)
{
    std::unique_lock lock(mutex_);
    const auto more = [&] { return closed_ || dropped_ + lines_.size() > seen; };
    if (wait) came_.wait_for(lock, std::chrono::seconds(1), more);
    std::string text;
    const std::uint64_t first = std::max(seen, dropped_);
    for (std::uint64_t nth = first; nth < dropped_ + lines_.size(); ++nth) text += lines_[nth - dropped_];
    seen = dropped_ + lines_.size();
    return text;
}

bool EventLog::closed() const
{
    std::lock_guard lock(mutex_);
    return closed_;
}

}  // namespace chaos::harness
