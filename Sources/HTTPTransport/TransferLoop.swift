// SPDX-License-Identifier: Apache-2.0
import CCurl
import CCurlShims
import TUFClient

/// Drives libcurl's multi handle; lives and dies on the engine's thread.
struct TransferLoop: ~Copyable {
    private struct Hop {
        /// Keeps the transfer alive that libcurl has a bare pointer to.
        let transfer: Transfer
        /// In use as long as the handle is.
        let headers: HeaderList?
    }

    private let multi: UnsafeMutableRawPointer
    private let settings: EasySettings
    private let sinks: SinkThread
    private var waiting: [Transfer] = []
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

    mutating func add(_ transfers: [Transfer]) { waiting += transfers }

    /// Ends these transfers, started or not. Unknown ones have ended already or were refused.
    mutating func cancel(_ transfers: [Transfer]) {
        for transfer in transfers {
            if let easy = active.first(where: { $0.value.transfer === transfer })?.key {
                release(easy)
            } else if let place = waiting.firstIndex(where: { $0 === transfer }) {
                waiting.remove(at: place)
            } else if !pauses.remove(transfer) {
                continue
            }
            transfer.finish(.cancelled)
        }
    }

    /// Ends every transfer.
    mutating func failAll(_ words: String) {
        for transfer in waiting + pauses.removeAll() { transfer.finish(.unreachable(words)) }
        waiting = []
        for (easy, hop) in active {
            release(easy)
            hop.transfer.finish(.unreachable(words))
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
        for transfer in starting { start(transfer) }
    }

    private mutating func start(_ transfer: Transfer) {
        guard let easy = carnet_curl_easy_init() else {
            transfer.finish(.unreachable("out of memory"))
            return
        }
        transfer.beginHop()
        let headers = headerList(transfer.progress.rangeHeaders)
        active[easy] = Hop(transfer: transfer, headers: headers)
        let code = settings.apply(to: easy, for: transfer, headers: headers)
        guard code == CURLE_OK else {
            release(easy)
            transfer.finish(.unreachable(lowerFirst(carnet_curl_easy_words(code))))
            return
        }
        let added = carnet_curl_multi_add(multi, easy)
        guard added == CURLM_OK else {
            release(easy)
            transfer.finish(.unreachable(lowerFirst(carnet_curl_multi_words(added))))
            return
        }
    }

    /// - Returns: whether any request has ended, so that there may be room for others.
    private mutating func finishEnded() -> Bool {
        var hasEnded = false
        var ended: UnsafeMutableRawPointer?
        var code = CURLE_OK
        while carnet_curl_next_ended(multi, &ended, &code) == 1 {
            guard let easy = ended, let transfer = active[easy]?.transfer else { continue }
            hasEnded = true
            let hop = EndedHop(easy, code: code)
            release(easy)
            finish(transfer, hop)
        }
        return hasEnded
    }

    private mutating func finish(_ transfer: Transfer, _ hop: EndedHop) {
        guard hop.isRedirect, !transfer.isCancelled, let location = hop.location else {
            let reason = hop.failure(of: transfer, settings: settings)
            if let reason, let pause = retryPause(transfer, hop, reason) {
                transfer.beginAgain(after: reason)
                pauses.add(transfer, milliseconds: pause)
            } else {
                transfer.finish(reason)
            }
            return
        }
        if let refusal = transfer.follow(location) {
            transfer.finish(refusal)
        } else if transfer.remainingMilliseconds == 0 {
            transfer.finish(.timedOut(seconds: transfer.totalSeconds ?? 0))
        } else {
            start(transfer)
        }
    }

    /// How long to wait before another try; `nil` for none.
    private func retryPause(
        _ transfer: Transfer, _ hop: EndedHop, _ reason: FetchError.Reason
    ) -> Int? {
        guard transfer.repetitions < settings.limits.retries,
            hop.isTransient(reason) || transfer.canRestart(after: reason)
        else { return nil }
        let pause = settings.limits.pauseMilliseconds(
            beforeRepetition: transfer.repetitions + 1, askedSeconds: hop.retryAfterSeconds,
            chance: Double.random(in: 0...1))
        guard let pause, pause < transfer.remainingMilliseconds ?? .max else { return nil }
        return pause
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
