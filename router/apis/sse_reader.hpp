// The common half of every reader of a stream of server-sent events.
#pragma once

#include "router/apis/api.hpp"
#include "wire/sse.hpp"

namespace chaos::router {

class SseStreamReader : public StreamReader {
public:
    bool feed(std::string_view bytes, std::vector<StreamUnit>& units) override
    {
        std::vector<wire::SseEvent> events;
        const bool fine = reader_.feed(bytes, events);
        for (const wire::SseEvent& event : events) {
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
};

}  // namespace chaos::router
