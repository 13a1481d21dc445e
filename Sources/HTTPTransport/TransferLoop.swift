// SPDX-License-Identifier: Apache-2.0
import CCurl
import CCurlShims
import TUFClient

/// Drives libcurl's multi handle; lives and dies on the engine's thread.
struct TransferLoop: ~Copyable {
    private struct Hop {
        /// Keeps the job alive that libcurl has a bare pointer to.
        let job: any EngineJob
        /// In use as long as the handle is.
        let headers: HeaderList?
    }

    private let multi: UnsafeMutableRawPointer
    private let settings: EasySettings
    private let sinks: SinkThread
    private var waiting: [any EngineJob] = []
    private var pauses = Pauses()
    private var active: [UnsafeMutableRawPointer: Hop] = [:]

    /// - Parameter multi: is the loop's from here on.
    init(multi: UnsafeMutableRawPointer, settings: EasySettings, sinks: SinkThread) {
        self.multi = multi
        self.settings = settings
        self.sinks = sinks
        carnet_curl_multi_set_long(
            multi, CURLMOPT_MAXCONNECTS, settings.limits.connectionLimit)
    }

    deinit {
        for (easy, hop) in active {
            carnet_curl_multi_remove(multi, easy)
            carnet_curl_easy_cleanup(easy)
            carnet_curl_list_free(hop.headers)
        }
        carnet_curl_multi_cleanup(multi)
    }

    mutating func add(_ jobs: [any EngineJob]) {
        for job in jobs {
            if job.pauseMilliseconds > 0 {
                pauses.add(job, milliseconds: job.pauseMilliseconds)
            } else {
                waiting.append(job)
            }
        }
    }

    /// Ends these transfers, started or not. Unknown ones have ended already or were refused.
    mutating func cancel(_ jobs: [any EngineJob]) {
        for job in jobs {
            if let easy = active.first(where: { $0.value.job === job })?.key {
                release(easy)
            } else if let place = waiting.firstIndex(where: { $0 === job }) {
                waiting.remove(at: place)
            } else if !pauses.remove(job) {
                continue
            }
            job.finish(.cancelled)
        }
    }

    /// Ends every transfer.
    mutating func failAll(_ words: String) {
        for job in waiting + pauses.removeAll() { job.finish(.unreachable(words)) }
        waiting = []
        for (easy, hop) in active {
            release(easy)
            hop.job.finish(.unreachable(words))
        }
    }

    /// Goes on with all transfers as far as possible without waiting, then waits until there is
    /// something to do or `curl_multi_wakeup` is called.
    mutating func step() {
        var code = CURLM_OK
        repeat {
            startWaiting()
            var running: Int32 = 0
            code = carnet_curl_multi_perform(multi, &running)
            sinks.flushIfIdle()
        } while finishEnded() && code == CURLM_OK
        if code == CURLM_OK {
            // libcurl shortens this to its own next time-out.
            let most = active.isEmpty ? 3_600_000 : 1000
            let wait = min(most, pauses.remainingMilliseconds ?? most)
            code = carnet_curl_multi_poll(multi, Int32(wait))
        }
        if code != CURLM_OK { failAll(lowerFirst(carnet_curl_multi_words(code))) }
    }

    // libcurl's own limit on connections would count the wait against a transfer's time-outs.
    private mutating func startWaiting() {
        // Whoever had a place already comes first.
        waiting = pauses.removeDue() + waiting
        let free = settings.limits.connectionLimit - active.count
        let starting = waiting.prefix(max(0, free))
        waiting.removeFirst(starting.count)
        for job in starting { start(job) }
    }

    private mutating func start(_ job: any EngineJob) {
        guard let easy = carnet_curl_easy_init() else {
            job.finish(.unreachable("out of memory"))
            return
        }
        job.beginHop()
        let headers = headerList(job.headerLines)
        active[easy] = Hop(job: job, headers: headers)
        let code = settings.apply(to: easy, for: job, headers: headers)
        guard code == CURLE_OK else {
            release(easy)
            job.finish(.unreachable(lowerFirst(carnet_curl_easy_words(code))))
            return
        }
        let added = carnet_curl_multi_add(multi, easy)
        guard added == CURLM_OK else {
            release(easy)
            job.finish(.unreachable(lowerFirst(carnet_curl_multi_words(added))))
            return
        }
    }

    /// - Returns: whether any request has ended, so that there may be room for others.
    private mutating func finishEnded() -> Bool {
        var hasEnded = false
        var ended: UnsafeMutableRawPointer?
        var code = CURLE_OK
        while carnet_curl_next_ended(multi, &ended, &code) == 1 {
            guard let easy = ended, let job = active[easy]?.job else { continue }
            hasEnded = true
            let hop = EndedHop(easy, code: code)
            release(easy)
            switch job.next(after: hop, settings: settings) {
            case .end(let reason): job.finish(reason)
            case .another: start(job)
            case .pause(let milliseconds): pauses.add(job, milliseconds: milliseconds)
            }
        }
        return hasEnded
    }

    /// Ends the use of a handle. It is not kept for the next request: a reset one still has its
    /// old buffer and refuses CURLOPT_BUFFERSIZE if its HTTP/2 connection goes on with others.
    /// Connections and resolved names are the multi handle's.
    private mutating func release(_ easy: UnsafeMutableRawPointer) {
        carnet_curl_multi_remove(multi, easy)
        carnet_curl_easy_cleanup(easy)
        carnet_curl_list_free(active[easy]?.headers)
        active[easy] = nil
    }
}
