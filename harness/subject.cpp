#include "harness/subject.hpp"

namespace chaos::harness {
namespace {

class BundledRouter final : public Subject {
public:
    explicit BundledRouter(SubjectSetting setting)
        : router_(setting.runtime, std::move(setting.listener), std::move(setting.targets), std::move(setting.policy),
                  setting.chance, setting.observer)
    {
    }
    net::Endpoint endpoint() const override { return router_.endpoint(); }
    net::Task<void> serve() override { return router_.serve(); }
    void stop() override { router_.stop(); }

private:
    router::Router router_;
};

}  // namespace

SubjectKind bundled_router()
{
    return {"router",
            "the bundled failover router",
            {"openai", "anthropic", "ollama", "gemini"},
            [](SubjectSetting setting) { return std::make_unique<BundledRouter>(std::move(setting)); }};
}

}  // namespace chaos::harness
