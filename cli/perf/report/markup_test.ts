import { equal } from "node:assert/strict";
import { element, joined, text } from "./markup.ts";

Deno.test("element escapes what comes from outside, in attributes and as text", () => {
  equal(
    element("p", { title: '"><script>' }, text("<b> & 'c'")),
    "<p title=\"&quot;&gt;&lt;script&gt;\">&lt;b&gt; &amp; 'c'</p>",
  );
});

Deno.test("element leaves out attributes that are not given, and shortens numbers", () => {
  equal(element("circle", { r: 1 / 3, fill: undefined }), '<circle r="0.33"/>');
  equal(element("td"), "<td></td>");
  equal(joined(element("i"), text(3)), "<i></i>3");
});
