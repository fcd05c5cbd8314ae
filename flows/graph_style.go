package flows

// pictureStyle colours a picture, by the reader's scheme and for paper. The emphasised
// conversation has a colour of its own, and every outcome is told in words too.
const pictureStyle = `
svg{--paper:#eef1f5;--panel:#f9fafc;--edge:#cfd6df;--card:#fff;--line:#b7c0cc;--road:#75859a;--ink:#18212c;--soft:#566375;--chip:#e9edf2;
--resolved:#dff5e4;--resolved-line:#2c9a50;--support:#e0edff;--support-line:#2b6cd4;--hexpert:#ffefcf;--hexpert-line:#c17f06;
--return:#eceaf3;--return-line:#8a82a6;--tree:#e4f3f3;--tree-line:#378b8b;--walk:#b3127a;--walked:#fde8f4;
font-family:system-ui,-apple-system,"Segoe UI",Roboto,"Helvetica Neue",Arial,sans-serif}
@media (prefers-color-scheme:dark){svg{--paper:#0f1318;--panel:#151b22;--edge:#2b3541;--card:#1d252e;--line:#44515f;--road:#8496ab;--ink:#e8edf3;--soft:#a3b0c0;--chip:#2a3541;
--resolved:#143522;--resolved-line:#46b56c;--support:#15294a;--support-line:#5d97f2;--hexpert:#3d2d0b;--hexpert-line:#dda02c;
--return:#272434;--return-line:#9d95bd;--tree:#123333;--tree-line:#52a9a9;--walk:#ff77c4;--walked:#431d35}}
@media print{svg{--paper:#fff;--panel:#fff;--edge:#99a;--card:#fff;--line:#889;--road:#556;--ink:#000;--soft:#333;--chip:#eee;
--resolved:#dff5e4;--resolved-line:#2c9a50;--support:#e0edff;--support-line:#2b6cd4;--hexpert:#ffefcf;--hexpert-line:#c17f06;
--return:#eceaf3;--return-line:#8a82a6;--tree:#e4f3f3;--tree-line:#378b8b;--walk:#b3127a;--walked:#fde8f4}}
text{fill:var(--ink);white-space:pre}
.paper{fill:var(--paper)}.panel{fill:var(--panel);stroke:var(--edge)}
.card{fill:var(--card);stroke:var(--line);stroke-width:1.2}
.resolved{--fill:var(--resolved);--rim:var(--resolved-line)}.support{--fill:var(--support);--rim:var(--support-line)}
.hexpert{--fill:var(--hexpert);--rim:var(--hexpert-line)}.return{--fill:var(--return);--rim:var(--return-line)}.tree{--fill:var(--tree);--rim:var(--tree-line)}
.resolved .card,.support .card,.hexpert .card,.return .card{fill:var(--fill);stroke:var(--rim);stroke-width:1.5}
.branch .card{stroke-dasharray:5 3}.call .card,.always .card{stroke-width:2.4}
.h1{font-size:26px;font-weight:700}.h2{font-size:15px;font-weight:700}.sub{font-size:13px;fill:var(--soft)}
.name{font-size:10.5px;fill:var(--soft)}.no{font-weight:700;fill:var(--ink)}
.over{font-size:12.5px;font-weight:700}.say{font-size:12.5px}.row{font-size:12px;font-weight:600}.way{font-weight:400}
.note{font-size:10.5px;fill:var(--soft)}.rule{stroke:var(--edge)}
.chip{font-size:10.5px;font-weight:600}.chip rect{fill:var(--fill,var(--chip));stroke:var(--rim,none)}.chip.loop rect{fill:none;stroke:var(--soft);stroke-dasharray:3 2}
a{cursor:pointer;text-decoration:none}a:hover rect,a:focus rect{stroke:var(--ink)}
.icon{fill:none;stroke:var(--soft);stroke-width:1.2;stroke-linecap:round;stroke-linejoin:round}
.road{fill:none;stroke:var(--road);stroke-width:1.4}.port{fill:var(--road)}.tip{fill:var(--road)}
.walk{stroke:var(--walk);stroke-width:3}.walked{fill:var(--walked)}.rim,.walked-card .card{stroke:var(--walk);stroke-width:2.6;stroke-dasharray:none}.rim{fill:none}
.walk-fill{fill:var(--walk)}.turn{font-size:11px;font-weight:700;fill:var(--card)}
`
