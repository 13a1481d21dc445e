// SPDX-License-Identifier: Apache-2.0
import CanonicalJSON
import MetadataSigning

/// How the page looks: on paper, on a telephone, by day and by night.
enum PageStyle {
    /// What the page may do: show itself by this style, and nothing else.
    static var policy: String {
        let digest = DigestAlgorithm.sha256.digest(of: Array(css.source.utf8))
        return "default-src 'none'; style-src 'sha256-\(base64(digest))'; base-uri 'none'; "
            + "form-action 'none'"
    }

    static let css: Markup = """

        :root{color-scheme:light dark;--ground:#fff;--ink:#1c2128;--dim:#57606a;--line:#d0d7de;\
        --panel:#f6f8fa;--good:#116329;--good-ground:#dafbe1;--bad:#a40e26;--bad-ground:#ffebe9;\
        --wait:#7d4e00;--wait-ground:#fff3cd}
        @media (prefers-color-scheme:dark){:root{--ground:#0d1117;--ink:#e6edf3;--dim:#9198a1;\
        --line:#3d444d;--panel:#151b23;--good:#56d364;--good-ground:#12261e;--bad:#ff8182;\
        --bad-ground:#2d1619;--wait:#e3b341;--wait-ground:#272115}}
        *{box-sizing:border-box}
        body{margin:0;background:var(--ground);color:var(--ink);\
        font:16px/1.5 system-ui,-apple-system,"Segoe UI",Roboto,"DejaVu Sans",sans-serif}
        main{max-width:60rem;margin:0 auto;padding:1rem 1rem 3rem}
        h1,h2,h3{line-height:1.3;overflow-wrap:anywhere}
        h1{font-size:1.35rem;margin:0;padding:.8rem 1rem;border-radius:.5rem;border:2px solid;\
        white-space:pre-wrap}
        h2{font-size:1.1rem;margin:2.2rem 0 .6rem}
        h3{font-size:1rem;margin:0 0 .3rem}
        p{margin:.4rem 0}
        code{font:.86em/1.5 ui-monospace,"DejaVu Sans Mono",Menlo,Consolas,monospace;\
        overflow-wrap:anywhere}
        .verified h1{color:var(--good);background:var(--good-ground)}
        .refused h1{color:var(--bad);background:var(--bad-ground)}
        .incomplete h1{color:var(--wait);background:var(--wait-ground)}
        .cause{font-size:1.15rem;margin:1rem 0}
        .dim{color:var(--dim)}
        dl{display:grid;grid-template-columns:max-content 1fr;gap:.25rem 1.2rem;margin:.6rem 0}
        dt{color:var(--dim);max-width:12rem;overflow-wrap:anywhere}
        dd{margin:0;overflow-wrap:anywhere;min-width:0}
        .item{border:1px solid var(--line);border-radius:.5rem;padding:.8rem 1rem;margin:.8rem 0;\
        background:var(--panel);break-inside:avoid-page}
        .item .item{background:var(--ground)}
        .item.failed{border-color:var(--bad);border-width:2px}
        .mark{float:right;margin-left:1rem;font-weight:600;color:var(--dim);font-size:.9rem}
        .verified .mark.met{color:var(--good)}
        .mark.failed{color:var(--bad)}
        .scroll{overflow-x:auto}
        table{border-collapse:collapse;width:100%;margin:.3rem 0 .8rem;font-size:.92rem}
        th{text-align:left;font-weight:600;color:var(--dim)}
        th,td{padding:.25rem .8rem .25rem 0;border-bottom:1px solid var(--line);\
        vertical-align:top}
        td:first-child{overflow-wrap:anywhere}
        .number{text-align:right;white-space:nowrap;font-variant-numeric:tabular-nums;width:5rem}
        .names{font-size:.92em;padding-left:1.2rem}
        .signed td{width:33%}
        tr.failed td{color:var(--bad);font-weight:600}
        ul{margin:.3rem 0;padding-left:1.2rem}
        details>summary{cursor:pointer;color:var(--dim)}
        svg{display:block;width:100%;max-width:30rem;height:auto;margin:0 auto}
        svg text{fill:var(--ink);font:13px system-ui,"DejaVu Sans",sans-serif}
        svg .name{font-weight:600;font-size:14px}
        svg .small{fill:var(--dim);font-size:12px}
        svg rect{fill:var(--panel);stroke:var(--line);stroke-width:1.5}
        svg .unseen rect{stroke-dasharray:4 4;fill:none}
        svg .failed rect{stroke:var(--bad);stroke-width:2.5}
        svg .failed .state{fill:var(--bad);font-weight:600}
        .verified svg .met .state{fill:var(--good)}
        svg path{fill:none;stroke:var(--dim);stroke-width:1.5}
        svg .head{fill:var(--dim);stroke:none}
        svg .plate{fill:var(--ground);stroke:none}
        footer{margin-top:2.5rem;border-top:1px solid var(--line);padding-top:.8rem;\
        font-size:.9rem;color:var(--dim)}
        @media (max-width:34rem){dl{grid-template-columns:1fr;gap:0}dd{margin-bottom:.6rem}\
        main{padding:.7rem .7rem 2rem}h1{font-size:1.15rem}.cause{font-size:1.05rem}}
        @media print{:root{--ground:#fff;--ink:#000;--dim:#444;--line:#999;--panel:#fff;\
        --good:#0a5020;--good-ground:#fff;--bad:#8a0a20;--bad-ground:#fff;--wait:#5a3a00;\
        --wait-ground:#fff}body{font-size:10.5pt}main{max-width:none;padding:0}\
        details::details-content{content-visibility:visible;block-size:auto}svg{max-width:12cm}}

        """
}
