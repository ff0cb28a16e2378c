/**
 * The OpenAPI document as a page to read: every part of the API with its routes, what each takes and answers, and a command
 * line to try. One file, without a script and without anything from elsewhere.
 * @module
 */
import { type Route, type Tag, tags } from "../route.ts";
import { docsStyle } from "./docs_style.ts";
import { ADDRESS } from "./document_routes.ts";
import { Html, markup } from "./html.ts";
import type { OpenApiDocument, Operation, ParameterObject, ResponseObject } from "./openapi.ts";
import { shapeOf } from "./shape.ts";

export function docsPage(routes: readonly Route[], document: OpenApiDocument): string {
  const parts = (Object.keys(tags) as Tag[])
    .map((tag) => ({ tag, routes: routes.filter((route) => route.tag === tag) }))
    .filter(({ routes }) => routes.length > 0);
  const { title, version, description } = document.info;
  const shapes = Object.entries(document.components.schemas);
  const page = markup`<!doctype html>
<html lang="en">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<title>${title}: HTTP API</title>
<style>${new Html(docsStyle)}</style>
<nav>
<h1><a href="#top">${title} <small>${version}</small></a></h1>
${parts.map(({ tag, routes }) => contentsOf(tags[tag], routes.map(linkTo)))}
${contentsOf("Shapes", shapes.map(([name]) => markup`<li><a href="#${name}">${name}</a>\n`))}
</nav>
<main id="top">
<p class="lead">${inline(description!)}
<p>Also as an <a href="/openapi.json">OpenAPI 3.1 document</a>. In command lines <code>$CLUSTER</code> is the cluster's id:
<code>CLUSTER=$(curl -s ${ADDRESS}/v3/clusters | grep -o '"cluster_id":"[^"]*' | cut -d'"' -f4)</code>
${parts.map((part) => sectionOf(part.tag, part.routes, document))}
<section id="shapes"><h2>Shapes</h2>
${
    shapes.map(([name, schema]) =>
      markup`<article id="${name}"><h3>${name}</h3><pre>${shapeOf(schema)}</pre></article>\n`
    )
  }
</section>
</main>
</html>
`;
  return page.text;
}

function contentsOf(title: string, links: readonly Html[]): Html {
  return markup`<details open><summary>${title}</summary><ul>\n${links}</ul></details>`;
}

function linkTo(route: Route): Html {
  const { path, summary } = route;
  return markup`<li><a href="#${anchorOf(route)}" title="${summary}">${methodOf(route)} ${
    shortPath(path)
  }</a>\n`;
}

function sectionOf(tag: Tag, routes: readonly Route[], document: OpenApiDocument): Html {
  const articles = routes.map((route) => article(route, operationOf(document, route)));
  return markup`<section id="${tag}"><h2>${tags[tag]}</h2>\n${articles}</section>\n`;
}

function operationOf(document: OpenApiDocument, { path, method }: Route): Operation {
  return document.paths[path]![method.toLowerCase()]!;
}

function article(route: Route, { parameters, requestBody, responses, description }: Operation): Html {
  const answers = Object.entries(responses).flatMap(([status, response]) =>
    "$ref" in response ? [] : [answer(status, response)]
  );
  return markup`<article id="${anchorOf(route)}">
<h3><a href="#${anchorOf(route)}">${methodOf(route)} <code>${route.path}</code></a></h3>
<p>${route.summary}.${description && markup`\n<p>${inline(description)}`}
${parameters.length === 0 ? undefined : markup`<table>\n${parameters.map(parameterRow)}</table>`}
${requestBody && bodyOf(requestBody)}
<h4>Answers</h4>
<dl>\n${answers}</dl>
${route.example && markup`<pre class="try">curl ${route.example.replace("HOST", ADDRESS)}</pre>`}
</article>
`;
}

function parameterRow({ name, in: place, required, description, schema }: ParameterObject): Html {
  const where = required && place !== "path" ? `${place}, required` : place;
  return markup`<tr><th><code>${name}</code> <small>${where}</small><td>${
    inline(description)
  }<td class="type">${shapeOf(schema)}\n`;
}

function bodyOf({ description, required, content }: NonNullable<Operation["requestBody"]>): Html {
  return markup`<h4>Body${required ? "" : " (may be left out)"}</h4>\n<p>${description}\n${
    contents(content)
  }`;
}

function answer(status: string, { description, headers = {}, content = {} }: ResponseObject): Html {
  const told = Object.entries(headers).map(([name, { description }]) =>
    markup`<br><code>${name}</code>: ${description}`
  );
  return markup`<dt>${status}<dd>${description}${told}\n${contents(content)}`;
}

/** Types with the same shape stand together. */
function contents(content: NonNullable<ResponseObject["content"]>): Html {
  const groups = Map.groupBy(Object.entries(content), ([, { schema }]) => JSON.stringify(schema));
  return markup`${
    Array.from(groups.values(), (group) => {
      const { schema, example } = group[0]![1];
      const types = group.map(([type]) => markup`<code>${type}</code> `);
      return markup`<p class="types">${types}
${schema && markup`<pre>${shapeOf(schema)}</pre>`}
${example === undefined ? undefined : markup`<pre class="example">${JSON.stringify(example)}</pre>`}
`;
    })
  }`;
}

function methodOf({ method }: Route): Html {
  return markup`<b class="${method.toLowerCase()}">${method}</b>`;
}

function anchorOf({ method, path }: Route): string {
  return `${method.toLowerCase()}${path.replaceAll(/[^\w.-]+/g, "-").replace(/-$/, "")}`;
}

/** The cluster is the same everywhere. */
function shortPath(path: string): string {
  return path.replace("/v3/clusters/{cluster_id}/", "/v3/…/");
}

/** \`code\` as in Markdown; nothing else of it. */
function inline(text: string): Html {
  return markup`${text.split("`").map((part, i) => i % 2 === 1 ? markup`<code>${part}</code>` : part)}`;
}
