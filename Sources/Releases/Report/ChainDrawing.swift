// SPDX-License-Identifier: Apache-2.0
import CanonicalJSON
import InTotoVerification

/// The supply chain as a drawing: steps as boxes from top to bottom, then the file, then what
/// inspected it; between them how many files went from where to where.
///
/// It is as wide as a telephone, so that nothing has to be made smaller there.
struct ChainDrawing {
    private enum Size {
        static let width = 360
        static let boxLeft = 8
        static let boxWidth = 262
        static let boxHeight = 68
        static let gap = 34
        static let firstLane = 288
        static let laneStep = 18
        static let lanes = 4
        /// Boxes that are drawn.
        static let boxes = 40
    }

    /// Something that is drawn as a box.
    fileprivate struct Box {
        let name: String
        /// How it is known to flows.
        let item: UTF8Text?
        let lines: [String]
        let state: String
        let style: Style
    }

    fileprivate enum Style { case met, failed, unseen, plain }

    private let boxes: [Box]
    private let flows: [FileFlow]
    private let omitted: Int
    private let productOf: UTF8Text

    /// - Parameters:
    ///   - product: the file's name, and what identifies it.
    ///   - isVerified: nothing is shown as good where the whole is not.
    init(
        _ explanation: Explanation, product: (name: String, digest: String?), isVerified: Bool
    ) {
        let trace = explanation.trace
        let words = ItemStates(trace, isVerified: isVerified)
        var boxes: [Box] = []
        for (index, step) in trace.steps.prefix(Size.boxes).enumerated() {
            boxes.append(Box(step, words.step(index), explanation.names))
        }
        omitted = max(0, trace.steps.count - Size.boxes)
        let state = words.product
        boxes.append(
            Box(
                name: product.name, item: nil,
                lines: [product.digest.map { "sha256 \($0.prefix(20))…" } ?? "no file at hand"],
                state: state.words, style: Style(state.kind)))
        for (index, inspection) in trace.inspections.prefix(Size.boxes / 2).enumerated() {
            boxes.append(Box(inspection, words.inspection(index)))
        }
        self.boxes = boxes
        flows = trace.flows
        productOf = UTF8Text(explanation.productOf)
    }

    var svg: Markup {
        let height = boxes.count * (Size.boxHeight + Size.gap) - Size.gap + 12
        let drawn = arrows
        let note: Markup =
            omitted > 0
            ? "<p class=\"dim\">The drawing leaves out \(omitted) further steps.</p>" : ""
        return """
            <svg viewBox="0 0 \(Size.width) \(height)" role="img" \
            aria-label="The supply chain from the first step to the file">
            \(drawn)\(boxes.indices.map(box))</svg>
            \(note)
            """
    }

    // MARK: boxes

    private func top(_ index: Int) -> Int { 6 + index * (Size.boxHeight + Size.gap) }

    private func box(_ index: Int) -> Markup {
        let box = boxes[index]
        let top = top(index)
        let kind: Markup =
            switch box.style {
            case .met: "met"
            case .failed: "failed"
            case .unseen: "unseen"
            case .plain: "plain"
            }
        let radius = box.item == nil ? 20 : 6
        let text = box.lines.prefix(2).enumerated().map { number, line -> Markup in
            """
            <text class="small" x="\(Size.boxLeft + 12)" y="\(top + 41 + 17 * number)">\
            \(Fitted(line, 34).text)</text>
            """
        }
        return """
            <g class="\(kind)"><title>\(box.name)</title>
            <rect x="\(Size.boxLeft)" y="\(top)" width="\(Size.boxWidth)" \
            height="\(Size.boxHeight)" rx="\(radius)"/>
            <text class="name" x="\(Size.boxLeft + 12)" y="\(top + 22)">\
            \(Fitted(box.name, box.state.isEmpty ? 28 : 18).text)</text>
            <text class="small state" x="\(Size.boxLeft + Size.boxWidth - 12)" \
            y="\(top + 22)" text-anchor="end">\(box.state)</text>
            \(text)</g>

            """
    }

    // MARK: arrows

    private struct Arrow {
        let from: Int
        let to: Int
        let label: String
        /// The number alone, where there is little room.
        let short: String
        let title: String
    }

    private var arrows: [Markup] {
        var places: [UTF8Text: Int] = [:]
        for (index, box) in boxes.enumerated() { if let item = box.item { places[item] = index } }
        let product = boxes.firstIndex { $0.item == nil } ?? 0
        var all = flows.compactMap { flow -> Arrow? in
            guard let from = places[flow.from], let to = places[flow.to], from != to
            else { return nil }
            return Arrow(
                from: from, to: to, label: files(flow.count), short: ChainDrawing.short(flow.count),
                title: "\(files(flow.count)) from \(shown(flow.from)) to "
                    + shown(flow.to))
        }
        if let maker = places[productOf], boxes[product].style != .unseen {
            let isFailed = boxes[product].style == .failed
            all.append(
                Arrow(
                    from: maker, to: product, label: isFailed ? "not this file" : "1 file",
                    short: isFailed ? "✗" : "1", title: "the file itself"))
        }
        for index in boxes.indices.dropFirst(product + 1) {
            all.append(Arrow(from: product, to: index, label: "", short: "", title: "looked into"))
        }
        var lanes = [Int](repeating: -1, count: Size.lanes)
        return all.sorted { (min($0.from, $0.to), $0.to) < (min($1.from, $1.to), $1.to) }
            .compactMap { draw($0, &lanes) }
    }

    fileprivate static func short(_ count: Int) -> String {
        switch count {
        case ..<1000: "\(count)"
        case ..<1_000_000: "\(count / 1000)k"
        default: "\(count / 1_000_000)M"
        }
    }

    private func draw(_ arrow: Arrow, _ lanes: inout [Int]) -> Markup? {
        if arrow.to == arrow.from + 1 { return straight(arrow) }
        let (low, high) = (min(arrow.from, arrow.to), max(arrow.from, arrow.to))
        // What finds no lane is still in the table below.
        guard let lane = lanes.firstIndex(where: { $0 <= low }) else { return nil }
        lanes[lane] = high
        return curved(arrow, lane)
    }

    private func straight(_ arrow: Arrow) -> Markup {
        let x = Size.boxLeft + 40
        let start = top(arrow.from) + Size.boxHeight
        let end = start + Size.gap
        return """
            <g><title>\(arrow.title)</title><path d="M\(x) \(start)V\(end - 7)"/>\
            <path class="head" d="M\(x) \(end - 1)l-5 -8h10z"/>\
            <text class="small" x="\(x + 12)" y="\(start + 22)">\(arrow.label)</text></g>

            """
    }

    private func curved(_ arrow: Arrow, _ lane: Int) -> Markup {
        let right = Size.boxLeft + Size.boxWidth
        let x = Size.firstLane + lane * Size.laneStep
        let start = top(arrow.from) + Size.boxHeight - 16 - 4 * lane
        let end = top(arrow.to) + 14 + 6 * lane
        let turn = arrow.to > arrow.from ? 6 : -6
        let middle = (start + end) / 2
        let width = 8 + 7 * arrow.short.count
        let label: Markup =
            arrow.short.isEmpty
            ? ""
            : """
            <rect class="plate" x="\(x - width / 2)" y="\(middle - 9)" width="\(width)" \
            height="18"/><text class="small" x="\(x)" y="\(middle + 4)" text-anchor="middle">\
            \(arrow.short)</text>
            """
        return """
            <g><title>\(arrow.title)</title>\
            <path d="M\(right) \(start)H\(x - 6)Q\(x) \(start) \(x) \(start + turn)\
            V\(end - turn)Q\(x) \(end) \(x - 6) \(end)H\(right + 7)"/>\
            <path class="head" d="M\(right + 1) \(end)l8 -5v10z"/>\(label)</g>

            """
    }
}

extension ChainDrawing.Box {
    fileprivate init(_ step: StepTrace, _ state: ItemStates.State, _ names: NameBook) {
        var seen: Set<String> = []
        let people = step.accepted.map { names.name($0.keyID) }.filter { seen.insert($0).inserted }
        var lines = [step.isSearched ? joined(Array(people.prefix(9))) : "not looked at"]
        var needed = "\(people.count) of \(step.threshold) needed"
        if let materials = step.materials, let products = step.products {
            needed +=
                " · \(ChainDrawing.short(materials.count)) → "
                + "\(ChainDrawing.short(products.count)) files"
        }
        lines.append(step.isSearched ? needed : "\(step.threshold) must sign")
        self.init(
            name: shown(step.name), item: step.name, lines: lines, state: state.words,
            style: .init(state.kind))
    }

    fileprivate init(_ inspection: InspectionTrace, _ state: ItemStates.State) {
        let how =
            switch inspection.manner {
            case .builtIn?: "done by carnet itself"
            case .sandboxed?: "done in a sandbox"
            case .unsandboxed?: "done with your rights"
            case nil: "not done"
            }
        self.init(
            name: shown(inspection.name), item: inspection.name,
            lines: [inspection.command.map(\.string).joined(separator: " "), how],
            state: state.words, style: .init(state.kind))
    }
}

extension ChainDrawing.Style {
    fileprivate init(_ kind: ItemStates.Kind) {
        switch kind {
        case .met: self = .met
        case .failed: self = .failed
        case .unseen: self = .unseen
        case .lookedAt: self = .plain
        }
    }
}

/// A line of text that fits into a box: wide letters count double.
private struct Fitted {
    let text: String

    init(_ line: String, _ maximum: Int) {
        var width = 0
        var kept = ""
        for scalar in line.unicodeScalars {
            width += scalar.value >= 0x1100 ? 2 : 1
            if width > maximum {
                text = kept + "…"
                return
            }
            kept.unicodeScalars.append(scalar)
        }
        text = kept
    }
}
