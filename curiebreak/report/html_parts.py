"""Frame, style and script of the HTML report."""

from __future__ import annotations

PAGE = """<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<link rel="icon" href="data:,">
<title>{title}</title>
<style>{style}</style>
</head>
<body>
<main>
{body}
</main>
<script>{script}</script>
</body>
</html>
"""

STYLE = """
body { margin: 0; background: #fff; color: #222; font: 15px/1.45 system-ui, "DejaVu Sans", Arial, sans-serif; }
main { max-width: 62rem; margin: 0 auto; padding: 1.5rem; }
header p { margin: 0; color: #555; font-size: 1.1rem; }
h1 { margin: 0 0 .5rem; font-size: 2.1rem; overflow-wrap: anywhere; }
h2 { margin: 2rem 0 .5rem; border-bottom: 2px solid #ddd; }
h3 { margin: 1.3rem 0 .3rem; font-size: 1rem; }
.mark { background: #fdeee3; border: 1px solid #d55e00; padding: .6rem .8rem; font-weight: 600; }
.figures { display: flex; flex-wrap: wrap; gap: 1rem; }
figure { margin: 0; }
figure img { max-width: 100%; height: auto; }
figcaption { color: #666; font-size: .85rem; }
.wide { overflow-x: auto; }
table { border-collapse: collapse; font-size: .88rem; }
th, td { padding: .18rem .7rem .18rem 0; text-align: left; vertical-align: top; }
td { overflow-wrap: anywhere; }
.facts th { color: #666; font-weight: 400; white-space: nowrap; }
.sortable td { overflow-wrap: normal; }
.sortable thead th { border-bottom: 1px solid #bbb; }
.sortable tbody tr:nth-child(even) { background: #f6f6f6; }
.number { text-align: right; font-variant-numeric: tabular-nums; }
th button { all: unset; cursor: pointer; font-weight: 600; }
th button:focus-visible { outline: 2px solid #0072b2; }
th[aria-sort=ascending] button::after { content: " \\25b2"; }
th[aria-sort=descending] button::after { content: " \\25bc"; }
"""

SCRIPT = """
document.querySelectorAll("table.sortable").forEach(function (table) {
  var heads = Array.from(table.tHead.rows[0].cells), body = table.tBodies[0];
  var number = /^[-+]?\\d*\\.?\\d+(e[-+]?\\d+)?( %| \u00c5)?$/i;
  function text(row, column) { return row.cells[column].textContent.trim(); }
  function missing(cell) { return cell === "" || cell === "-"; }
  heads.forEach(function (head, column) {
    head.querySelector("button").addEventListener("click", function () {
      var up = head.getAttribute("aria-sort") !== "ascending";
      heads.forEach(function (other) { other.removeAttribute("aria-sort"); });
      head.setAttribute("aria-sort", up ? "ascending" : "descending");
      var rows = Array.from(body.rows);
      var numeric = rows.every(function (row) {
        var cell = text(row, column);
        return missing(cell) || number.test(cell);
      });
      rows.sort(function (one, two) {
        var a = text(one, column), b = text(two, column);
        if (missing(a) || missing(b)) return missing(a) - missing(b);
        var order = numeric ? parseFloat(a) - parseFloat(b) : a.localeCompare(b, "en", { numeric: true });
        return up ? order : -order;
      });
      rows.forEach(function (row) { body.appendChild(row); });
    });
  });
});
"""
