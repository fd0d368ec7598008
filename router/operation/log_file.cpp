// Plain descriptors: a line is written by one call, so that no other process's comes between.
#include "router/operation/log_file.hpp"

#include <fcntl.h>
#include <poll.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <climits>
#include <system_error>

namespace chaos::router {
namespace {

int open_log(const std::string& path)
{
    return ::open(path.c_str(), O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC, 0640);
}

/// As many whole lines as surely fit where there is any room at all (a pipe: PIPE_BUF), but at least one.
std::size_t next_piece(std::string_view lines)
{
    if (lines.size() <= PIPE_BUF) return lines.size();
    const auto last = lines.substr(0, PIPE_BUF).rfind('\n');
    const auto end = last != std::string_view::npos ? last : lines.find('\n');
    return end == std::string_view::npos ? lines.size() : end + 1;
}

}  // namespace

LogFile::LogFile(std::string to) : to_(std::move(to))
{
    if (to_ == "none") return;
    own_ = to_ != "stdout" && to_ != "stderr";
    handle_ = own_ ? open_log(to_) : to_ == "stdout" ? STDOUT_FILENO : STDERR_FILENO;
    if (handle_ < 0) throw std::system_error(errno, std::generic_category(), "cannot open the log " + to_);
}

LogFile::~LogFile()
{
    if (own_ && handle_ >= 0) ::close(handle_);
}

void LogFile::write(std::string_view lines)
{
    const std::lock_guard lock(mutex_);
    if (handle_ < 0) return;
    while (!lines.empty()) {
        const std::string_view piece = lines.substr(0, next_piece(lines));
        lines.remove_prefix(piece.size());
        if (!take(piece)) dropped_ += static_cast<std::uint64_t>(std::count(piece.begin(), piece.end(), '\n'));
    }
}

bool LogFile::take(std::string_view piece)
{
    pollfd room{handle_, POLLOUT, 0};
    if (::poll(&room, 1, 0) != 1 || (room.revents & POLLOUT) == 0) return false;
    ssize_t written = 0;
    do {
        written = ::write(handle_, piece.data(), piece.size());
    } while (written < 0 && errno == EINTR);
    return written == static_cast<ssize_t>(piece.size());
}

std::string LogFile::reopen()
{
    if (!own_) return {};
    const int fresh = open_log(to_);
    if (fresh < 0) return "cannot open the log " + to_ + ": " + std::generic_category().message(errno);
    const std::lock_guard lock(mutex_);
    ::close(handle_);
    handle_ = fresh;
    return {};
}

}  // namespace chaos::router
