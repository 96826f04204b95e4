/**
 * The console's style sheet: system fonts, light or dark by the reader's preference, one column on a phone. Nothing jumps when pages
 * refresh: columns have fixed widths, and what the script will show (`hidden`) takes up its space from the start.
 */

export const STYLE_SHEET = `:root {
  color-scheme: light dark;
  --paper: #f6f7f9; --card: #fff; --ink: #16191f; --quiet: #545c69; --line: #d9dde4; --accent: #3b4fd8; --on-accent: #fff;
  --good: #12784a; --bad: #b4232a; --late: #9a5b00; --busy: #2563c9; --wait: #6b7280; --off: #8a8f99;
  --good-bg: #e2f4ea; --bad-bg: #fdeaea; --late-bg: #fdf1dc; --busy-bg: #e6effc; --wait-bg: #eceef1;
}
@media (prefers-color-scheme: dark) {
  :root {
    --paper: #101318; --card: #181c23; --ink: #e8eaee; --quiet: #a3abb8; --line: #2c323c; --accent: #8f9dff; --on-accent: #0d1020;
    --good: #5cc994; --bad: #ff8a8a; --late: #f0b35a; --busy: #7fb0ff; --wait: #a3abb8; --off: #757c88;
    --good-bg: #14301f; --bad-bg: #3a1a1d; --late-bg: #352710; --busy-bg: #17273f; --wait-bg: #262b34;
  }
}
* { box-sizing: border-box; }
[hidden] { display: inline-block !important; visibility: hidden; }
body { margin: 0; background: var(--paper); color: var(--ink); font: 15px/1.5 system-ui, sans-serif; scrollbar-gutter: stable; }
a { color: var(--accent); text-underline-offset: 2px; }
h1 { font-size: 1.5rem; line-height: 1.25; margin: 0; overflow-wrap: anywhere; }
h2 { font-size: 1.1rem; margin: 2rem 0 .5rem; }
h1 + .project > h2, h1 + h2 { margin-top: 1rem; }
h3 { font-size: 1rem; margin: 0; }
p { margin: .5rem 0; }
code, .hash { font: .85em ui-monospace, monospace; overflow-wrap: anywhere; }
b { font-weight: 600; }
:focus-visible { outline: 2px solid var(--accent); outline-offset: 2px; border-radius: 3px; }
.quiet, .hash { color: var(--quiet); }
.quiet { font-size: .9rem; }
.spacer { flex: 1; }
.break { flex-basis: 100%; }
.unseen { position: absolute; width: 1px; height: 1px; overflow: hidden; clip-path: inset(50%); white-space: nowrap; }
.skip { position: absolute; left: -999px; }
.skip:focus { left: 1rem; top: .5rem; background: var(--card); padding: .5rem; z-index: 1; }
.top, body > .notice { padding-inline: max(1.5rem, (100% - 76rem) / 2 + 1.5rem); }
.top { display: flex; flex-wrap: wrap; align-items: center; gap: .25rem 1.25rem; padding-block: .6rem; background: var(--card); border-bottom: 1px solid var(--line); min-height: 3.2rem; }
.brand { font-weight: 700; color: var(--ink); text-decoration: none; }
.top nav { display: flex; gap: 1.1rem; }
.top nav a { color: var(--quiet); text-decoration: none; padding: .3rem 0; border-block: 2px solid transparent; }
.top nav a:hover { color: var(--ink); }
.top nav a[aria-current] { color: var(--ink); border-bottom-color: var(--accent); font-weight: 600; }
.who { display: flex; gap: .5rem; align-items: center; font-size: .9rem; color: var(--quiet); }
main { max-width: 76rem; margin: 0 auto; padding: 1.25rem 1.5rem 4rem; }
main:focus { outline: none; }
.notice, .problem, .result { padding: .5rem .8rem; border-radius: 6px; background: var(--busy-bg); margin: .75rem 0; overflow-wrap: anywhere; }
body > .notice { border-radius: 0; margin: 0; padding-block: .4rem; background: var(--late-bg); font-size: .9rem; }
.problem, .result.is-bad { background: var(--bad-bg); border-left: 4px solid var(--bad); }
.result { background: var(--good-bg); border-left: 4px solid var(--good); }
.result p { margin: 0; }
.empty { padding: 1.5rem; text-align: center; color: var(--quiet); border: 1px dashed var(--line); border-radius: 8px; }
.prose { max-width: 46rem; }
.prose li, .prose dd { margin: .5rem 0; }
.stages { display: grid; grid-template-columns: repeat(auto-fill, minmax(min(100%, 26rem), 1fr)); gap: 1rem; }
.card { background: var(--card); border: 1px solid var(--line); border-radius: 8px; padding: 1rem; margin: 0 0 1rem; }
.stages .card { margin: 0; }
.card-head { display: flex; align-items: center; gap: .6rem; margin-bottom: .75rem; }
.card-head > div { flex: 1; min-width: 0; }
.banner { display: flex; flex-wrap: wrap; align-items: center; gap: .5rem .8rem; margin: .25rem 0; }
.crumbs { font-size: .9rem; color: var(--quiet); }
.badge { display: inline-block; padding: 0 .55rem; border-radius: 99px; font-size: .82rem; line-height: 1.6; white-space: nowrap; background: var(--wait-bg); color: var(--ink); font-variant-numeric: tabular-nums; }
.badge::before { content: ""; display: inline-block; width: .5rem; height: .5rem; border-radius: 50%; margin-right: .4rem; background: var(--wait); }
.badge.is-succeeded, .badge.is-live { background: var(--good-bg); } .is-succeeded::before, .is-live::before { background: var(--good); }
.badge.is-failed { background: var(--bad-bg); } .is-failed::before { background: var(--bad); }
.badge.is-timedOut, .badge.is-paused { background: var(--late-bg); } .is-timedOut::before, .is-paused::before { background: var(--late); }
.badge.is-running, .badge.is-dispatched { background: var(--busy-bg); } .is-running::before, .is-dispatched::before { background: var(--busy); }
.badge.is-canceled::before { background: none; border: 2px solid var(--off); }
.fill-none { fill: var(--wait-bg); } .fill-pending { fill: var(--wait); background: var(--wait); } .fill-dispatched { fill: var(--busy); background: var(--busy); opacity: .6; }
.fill-running { fill: var(--busy); background: var(--busy); } .fill-succeeded { fill: var(--good); background: var(--good); } .fill-failed { fill: var(--bad); background: var(--bad); }
.fill-timedOut { fill: var(--late); background: var(--late); } .fill-canceled { fill: var(--off); background: var(--off); }
.fill-waited { fill: var(--wait); background: var(--wait); } .fill-fetched { fill: var(--busy); background: var(--busy); } .fill-ran { fill: var(--good); background: var(--good); }
.fill-saved { fill: var(--late); background: var(--late); } .fill-moved { fill: var(--accent); background: var(--accent); } .fill-held { fill: var(--line); background: var(--line); }
.bar { display: block; width: 100%; height: 8px; border-radius: 4px; }
.bar.tall { height: 10px; margin: .5rem 0; }
.counts { display: grid; grid-template-columns: repeat(auto-fill, minmax(7.5rem, 1fr)); gap: 0 .5rem; list-style: none; margin: .6rem 0; padding: 0; font-size: .9rem; }
.counts a { color: var(--ink); text-decoration: none; display: block; padding: .15rem 0; }
.counts a:hover { text-decoration: underline; }
.counts b, td, .facts dd { font-variant-numeric: tabular-nums; }
.counts .zero a { color: var(--quiet); } .counts .zero .dot { background: var(--line); }
.dot { display: inline-block; width: .55rem; height: .55rem; border-radius: 50%; margin-right: .25rem; }
.sparkline { margin: .75rem 0 0; }
.sparkline svg { display: block; width: 100%; height: 36px; }
figcaption { font-size: .85rem; color: var(--quiet); margin-top: .25rem; font-variant-numeric: tabular-nums; }
.facts { display: grid; grid-template-columns: repeat(auto-fill, minmax(8.5rem, 1fr)); gap: .5rem 1rem; margin: .75rem 0 0; }
.facts.tried { grid-template-columns: repeat(auto-fill, minmax(11.5rem, 1fr)); }
.facts dt { font-size: .8rem; color: var(--quiet); overflow-wrap: anywhere; }
.facts dd { margin: 0; }
.facts dd code { display: inline-block; background: var(--wait-bg); border-radius: 4px; padding: 0 .35rem; margin: 0 .3rem .2rem 0; color: var(--ink); }
.facts dd code.hash { background: none; padding: 0; color: var(--quiet); }
.split { display: grid; grid-template-columns: 1fr 1fr; gap: 1.5rem; margin-top: 1rem; }
button, .button, select, textarea, input:not([type=checkbox], [type=hidden]) { font: inherit; font-size: .9rem; color: var(--ink); background: var(--card); border: 1px solid var(--line); border-radius: 6px; padding: .3rem .7rem; min-height: 2.1rem; }
button, .button { cursor: pointer; text-decoration: none; display: inline-block; white-space: nowrap; }
button:hover:not(:disabled), .button:hover { border-color: var(--quiet); }
button:disabled { color: var(--quiet); cursor: default; background: none; }
.primary { background: var(--accent); border-color: var(--accent); color: var(--on-accent); }
.danger { background: var(--bad); border-color: var(--bad); color: var(--card); }
.plain { background: none; border-color: transparent; color: var(--quiet); }
.pulse { display: inline-block; width: .55rem; height: .55rem; border-radius: 50%; background: var(--off); margin-right: .2rem; }
[aria-pressed=true] .pulse { background: var(--good); }
.is-stale .pulse { background: var(--bad); } .is-stale #live-toggle::after { content: ", out of reach"; }
.filters { display: flex; flex-wrap: wrap; gap: .5rem 1rem; align-items: center; justify-content: space-between; }
.filters form, .joined, .copy { display: flex; gap: .4rem; }
.tabs { display: flex; flex-wrap: wrap; gap: .25rem; }
.filters input { width: 11rem; }
.tabs a { padding: .2rem .5rem; border-radius: 99px; color: var(--ink); text-decoration: none; font-size: .9rem; border: 1px solid transparent; }
.tabs a:hover { border-color: var(--line); }
.tabs a[aria-current] { background: var(--accent); color: var(--on-accent); }
.count { display: inline-block; min-width: 2ch; font-variant-numeric: tabular-nums; opacity: .85; }
fieldset { border: 0; padding: 0; min-width: 0; }
.toolbar { display: flex; flex-wrap: wrap; gap: .4rem; align-items: center; margin: .75rem 0; }
.selected { min-width: 7rem; font-size: .9rem; color: var(--quiet); }
.scroll { overflow-x: auto; background: var(--card); border: 1px solid var(--line); border-radius: 8px; }
table { border-collapse: collapse; width: 100%; font-size: .9rem; }
th { text-align: left; font-weight: 600; color: var(--quiet); font-size: .82rem; white-space: nowrap; }
th, td { padding: .4rem .7rem; border-bottom: 1px solid var(--line); vertical-align: top; }
tbody tr:last-child td { border-bottom: 0; }
tbody tr:hover { background: color-mix(in srgb, var(--accent) 6%, transparent); }
.amount { text-align: right; }
.tick { width: 2.6rem; padding-right: 0; }
input[type=checkbox] { width: 1.1rem; height: 1.1rem; margin: .15rem 0; accent-color: var(--accent); }
.message { overflow-wrap: anywhere; min-width: 14rem; }
.when { white-space: nowrap; min-width: 8rem; }
.title { min-width: 9rem; overflow-wrap: anywhere; }
.tasks { table-layout: fixed; min-width: 50rem; } .tasks .title { width: 25%; } .tasks .state { width: 8.5rem; } .tasks .amount { width: 6rem; } .tasks .when { width: 9.5rem; }
.calls { margin-top: 1rem; }
caption { text-align: left; font-weight: 600; font-size: .9rem; padding: .25rem 0; }
.calls th:first-child, .calls td:first-child { padding-left: 0; }
.pages { display: flex; gap: 1rem; margin: .75rem 0; min-height: 1.5rem; }
.attempts { list-style: none; padding: 0; }
.attempt { background: var(--card); border: 1px solid var(--line); border-left: 4px solid var(--good); border-radius: 8px; padding: .75rem 1rem; margin: 0 0 .75rem; }
.attempt.is-bad { border-left-color: var(--bad); }
.attempt-head { display: flex; flex-wrap: wrap; gap: 0 .75rem; align-items: baseline; }
.phases { margin-top: .25rem; }
.lines { list-style: none; margin: .5rem 0 0; padding: 0; font: .8rem/1.5 ui-monospace, monospace; overflow-wrap: anywhere; }
.lines li { padding: .2rem 0; border-top: 1px solid var(--line); }
.lines time, .lines .quiet { color: var(--quiet); font-size: inherit; } .field { margin-left: .5rem; }
.level.is-warn { color: var(--late); } .level.is-error { color: var(--bad); }
.copy input { flex: 1; min-width: 0; font-family: ui-monospace, monospace; }
details { margin-top: .75rem; } summary { cursor: pointer; font-size: .9rem; }
.call { display: flex; flex-wrap: wrap; gap: .4rem; margin-top: .5rem; } .call label { flex-basis: 100%; font-size: .9rem; } .call input { flex: 1; min-width: 12rem; }
.sign-in { max-width: 24rem; display: grid; gap: .5rem; margin-top: 1rem; }
.picture { background: var(--card); border: 1px solid var(--line); border-radius: 8px; overflow: hidden; margin: 1rem 0; max-width: 40rem; }
.picture svg, .picture img { display: block; width: 100%; height: auto; }
.trial-form { display: grid; grid-template-columns: repeat(2, minmax(0, 1fr)); gap: .6rem 1rem; align-items: start; }
.trial-form label { display: block; font-size: .9rem; margin-bottom: .2rem; }
.trial-form input:not([type=checkbox]), .trial-form select, .trial-form textarea { width: 100%; }
.run { display: flex; flex-wrap: wrap; gap: .6rem 1rem; align-items: end; } .run > div { flex: 0 1 10rem; }
.trial-form .tick-label { display: flex; gap: .4rem; align-items: center; min-height: 2.1rem; margin: 0; }
.settings { display: grid; grid-template-columns: repeat(auto-fill, minmax(min(100%, 15rem), 1fr)); gap: .6rem 1rem; border-left: 3px solid var(--line); padding: .2rem 0 .2rem .8rem; margin: .6rem 0 0; }
.settings legend { float: left; grid-column: 1 / -1; padding: 0; font-weight: 600; font-size: .9rem; }
[aria-invalid=true] { border-color: var(--bad) !important; } .wrong { margin: .2rem 0; color: var(--bad); font-size: .9rem; overflow-wrap: anywhere; }
.wide { grid-column: 1 / -1; }
.trials { display: grid; grid-template-columns: 1fr 1fr; gap: 1rem; align-items: start; } .trials .card { min-width: 0; }
h4 { font-size: .95rem; margin: 1rem 0 .4rem; }
@media (max-width: 44rem) {
  .top, main, body > .notice { padding-left: 1rem; padding-right: 1rem; }
  .brand:has(+ nav) { display: none; }
  .top { column-gap: .2rem; } .top nav { flex-wrap: wrap; gap: 0 .5rem; font-size: .9rem; } .top .plain { padding-inline: .2rem; }
  .split, .trials, .trial-form { grid-template-columns: minmax(0, 1fr); gap: .5rem; }
  .filters form, .filters input { flex: 1; min-width: 0; }
  .spacer { flex-basis: 0; }
  figcaption { min-height: 2.6rem; }
  .tasks { min-width: 0; } .tasks td { width: auto !important; }
  .tasks thead { display: none; }
  .tasks tr { display: grid; grid-template-columns: auto 1fr auto; padding: .4rem 0; border-bottom: 1px solid var(--line); }
  .tasks tr td { border: 0; padding: .15rem .7rem; }
  .tasks .amount { display: none; }
  .tasks .message { grid-column: 1 / -1; grid-row: 2; min-width: 0; color: var(--quiet); }
  .tasks .message:empty { display: none; }
  .log thead { display: none; }
  .log tr { display: grid; grid: auto-flow dense / 1fr 1fr; padding: .5rem 0; border-bottom: 1px solid var(--line); }
  .log tr td { border: 0; padding: .1rem .7rem; }
  .log .amount { text-align: left; } .log .amount::after { content: " ×"; }
  .log .message { grid-column: 1 / -1; min-width: 0; }
  .tasks .when { grid-column: 1 / -1; color: var(--quiet); font-size: .85rem; }
}
@media (pointer: coarse) {
  input[type=checkbox] { width: 1.5rem; height: 1.5rem; }
  td a, .crumbs a, .banner a, h3 a, summary { display: inline-block; padding-block: .25rem; }
}
@media (prefers-reduced-motion: no-preference) { button, .top nav a { transition: border-color .1s; } }
`;
