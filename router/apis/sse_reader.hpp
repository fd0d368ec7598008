// The common half of every reader of a stream of server-sent events.
#pragma once

#include "router/apis/api.hpp"
#include "wire/sse.hpp"

namespace chaos::router {

class SseStreamReader : public StreamReader {
public:
    bool feed(std::string_view bytes, std::vector<StreamUnit>& units) override
    {
        events_.clear();
        const bool fine = reader_.feed(bytes, events_);
        for (const wire::SseEvent& event : events_) {
            StreamUnit& unit = units.emplace_back();
            read(event, unit);
            if (!unit.idle) wire::append_sse(unit.raw, event.data, event.name);
        }
        return fine;
    }

protected:
    /// Fills everything but `raw`.
    virtual void read(const wire::SseEvent& event, StreamUnit& unit) = 0;

private:
    wire::SseReader reader_;
    std::vector<wire::SseEvent> events_;
};

}  // namespace chaos::router
