// Finding the recording of a request, and playing it.
#include "mock_providers/replay.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <fstream>
#include <map>
#include <stdexcept>
#include <vector>

#include "mock_providers/recording.hpp"
#include "net/condition.hpp"

namespace chaos::mock_providers {
namespace {

/// What a request that nobody recorded is answered with.
constexpr int not_recorded = 404;

std::vector<Recording> read_file(const std::string& name, const std::string& file)
{
    const auto trouble = [&](const std::string& what) {
        return std::runtime_error(fmt::format("provider '{}': cannot replay {}: {}", name, file, what));
    };
    std::ifstream in(file, std::ios::binary);
    if (!in) throw trouble("there is no such file");
    std::vector<Recording> recordings;
    std::string line;
    for (int number = 1; std::getline(in, line); ++number) {
        if (line.empty()) continue;
        std::string problem;
        std::optional<Recording> recording = read_recording(line, problem);
        if (!recording) throw trouble(fmt::format("line {}: {}", number, problem));
        recordings.push_back(std::move(*recording));
    }
    if (recordings.empty()) throw trouble("there is no recording in it");
    return recordings;
}

/// Plays one recording, or says why there is none.
class Playing final : public Passage {
public:
    Playing(net::Runtime& runtime, std::shared_ptr<const Recording> recording, std::string problem, ReplayPace pace)
        : clock_(runtime.clock()),
          recording_(std::move(recording)),
          problem_(std::move(problem)),
          pace_(pace),
          began_(clock_.now()),
          woken_("replay"),
          timer_(clock_.make_timer())
    {
    }

    net::Task<Opening> open() override
    {
        Opening opening;
        if (!recording_) {
            opening.status = not_recorded;
            opening.problem = problem_;
            co_return opening;
        }
        co_await wait_for(recording_->head_after);
        opening.head.emplace();
        opening.head->status = recording_->status;
        opening.head->headers = recording_->headers;
        co_return opening;
    }

    net::Task<Piece> next() override
    {
        Piece piece;
        if (next_ == recording_->chunks.size()) {
            if (!recording_->complete) piece.problem = "broke off here when it was recorded";
            co_return piece;
        }
        const Recording::Chunk& chunk = recording_->chunks[next_++];
        co_await wait_for(chunk.after);
        if (aborted_) {
            piece.problem = "was left";
        } else {
            piece.bytes = chunk.bytes;
        }
        co_return piece;
    }

    void abort() override
    {
        aborted_ = true;
        woken_.notify_all();
    }

private:
    net::Task<void> wait_for(net::Duration after)
    {
        const net::Instant due = pace_ == ReplayPace::recorded ? began_ + after : clock_.now();
        timer_->arm(due, [this] { woken_.notify_all(); });
        while (!aborted_ && clock_.now() < due) co_await woken_.wait();
        timer_->disarm();
    }

    net::Clock& clock_;
    std::shared_ptr<const Recording> recording_;
    std::string problem_;
    ReplayPace pace_;
    net::Instant began_;
    net::Condition woken_;
    std::unique_ptr<net::Timer> timer_;
    std::size_t next_ = 0;
    bool aborted_ = false;
};

class Replay final : public Behind {
public:
    Replay(net::Runtime& runtime, const std::string& name, const std::string& file, ReplayPace pace)
        : runtime_(runtime), pace_(pace)
    {
        for (Recording& recording : read_file(name, file)) {
            ++endpoints_[endpoint_of(recording)];
            const std::string identity = identity_of(recording);
            shelves_[identity].push_back(std::make_shared<const Recording>(std::move(recording)));
        }
    }

    std::shared_ptr<Passage> ask(const net::http::Request& request) override
    {
        const Recording asked = recording_of(request);
        const auto shelf = shelves_.find(identity_of(asked));
        if (shelf == shelves_.end()) return std::make_shared<Playing>(runtime_, nullptr, nothing_like(asked), pace_);
        std::size_t& nth = played_[shelf->first];
        const auto& recordings = shelf->second;
        return std::make_shared<Playing>(runtime_, recordings[std::min(nth++, recordings.size() - 1)], "", pace_);
    }

    void count_anew() override { played_.clear(); }

private:
    std::string nothing_like(const Recording& asked) const
    {
        const auto endpoint = endpoints_.find(endpoint_of(asked));
        if (endpoint == endpoints_.end()) return fmt::format("has no recording of {}", endpoint_of(asked));
        return fmt::format("has {} recording{} of {}, but none with this {}", endpoint->second,
                           endpoint->second == 1 ? "" : "s", endpoint_of(asked), asked.body.empty() ? "query" : "body");
    }

    net::Runtime& runtime_;
    ReplayPace pace_;
    std::map<std::string, std::vector<std::shared_ptr<const Recording>>> shelves_;  ///< by identity, in file order
    std::map<std::string, int> endpoints_;                                          ///< how many recordings each has
    std::map<std::string, std::size_t> played_;                                     ///< how many of a shelf
};

}  // namespace

std::unique_ptr<Behind> make_replay(net::Runtime& runtime, const std::string& name, const ReplaySpec& spec)
{
    return std::make_unique<Replay>(runtime, name, spec.file, spec.pace);
}

}  // namespace chaos::mock_providers
