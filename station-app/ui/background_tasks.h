#pragma once

#include <exception>
#include <functional>
#include <utility>

#include <QObject>
#include <QString>
#include <QThread>

#include "contract/error.h"

namespace station {

/// A thread for what may block; the answers arrive in the thread that made this, in the order of the questions.
class BackgroundTasks final
{
public:
    explicit BackgroundTasks(const QString& name) : m_worker(new QObject)
    {
        m_thread.setObjectName(name);
        m_worker->moveToThread(&m_thread);
        QObject::connect(&m_thread, &QThread::finished, m_worker, &QObject::deleteLater);
        m_thread.start();
    }

    /// Waits for the question that is being asked; those behind it are dropped.
    ~BackgroundTasks()
    {
        m_thread.quit();
        m_thread.wait();
    }

    /// @param question  asked in the other thread; what it throws arrives as Internal "unexpected"
    template <typename T>
    void ask(std::function<gateway::Result<T>()> question, std::function<void(const gateway::Result<T>&)> take)
    {
        QMetaObject::invokeMethod(
            m_worker,
            [this, question = std::move(question), take = std::move(take)] {
                gateway::Result<T> answer = gateway::fail(gateway::ErrorCode::Internal, "unexpected", "");
                try {
                    answer = question();
                } catch (const std::exception&) {
                    // A bug or no memory: told like any other failure.
                }
                QMetaObject::invokeMethod(
                    &m_here, [take, answer] { take(answer); }, Qt::QueuedConnection);
            },
            Qt::QueuedConnection);
    }

    /// From inside a question: has the other side do something meanwhile.
    void tell(std::function<void()> news) { QMetaObject::invokeMethod(&m_here, std::move(news), Qt::QueuedConnection); }

private:
    QObject m_here; ///< takes what is posted with it when this goes
    QThread m_thread;
    QObject* m_worker; ///< lives in m_thread, deleted with it
};

} // namespace station
