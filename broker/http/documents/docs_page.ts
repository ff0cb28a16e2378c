/**
 * The OpenAPI document as a page to read: every part of the API with its routes, what each takes and answers, and a command
 * line to try. One file, without a script and without anything from elsewhere.
 * @module
 */
import { type Route, type Tag, tags } from "../route.ts";
import { docsStyle } from "./docs_style.ts";
import { ADDRESS } from "./document_routes.ts";
import { Html, html } from "./html.ts";
import type { OpenApiDocument, Operation, ParameterObject, ResponseObject } from "./openapi.ts";
import { shapeOf } from "./shape.ts";

export function docsPage(routes: readonly Route[], document: OpenApiDocument): string {
  const parts = (Object.keys(tags) as Tag[])
    .map((tag) => ({ tag, routes: routes.filter((route) => route.tag === tag) }))
    .filter(({ routes }) => routes.length > 0);
  const { title, version, description } = document.info;
  const page = html`
    <!doctype html>
    <html lang="en">
      <meta charset="utf-8">
      <meta name="viewport" content="width=device-width, initial-scale=1">
      <meta name="color-scheme" content="light dark">
      <title>${title}: HTTP API</title>
      <style>${new Html(docsStyle)}</style>
      <nav>
    <h1><a href="#top">${title} <small>${version}</small></a></h1>
    ${parts.map(({ tag, routes }) =>
      html`
        <details open>
          <summary>${tags[tag]}</summary>
          <ul>
        ${routes.map((route) =>
          html`<li><a href="#${anchorOf(route)}" title="${route.summary}">${methodOf(route)} ${
            shortPath(route.path)
          }</a>\n`
        )}</ul>
        </details>\\n
      `
    )}<details><summary>Shapes</summary><ul>
    ${Object.keys(document.components.schemas).map((name) =>
      html`<li><a href="#${name}">${name}</a>\n`
    )}</ul></details>
      </nav>
      <main id="top">
        <p class="lead">${inline(description!)}
    <p>Also as an <a href="/openapi.json">OpenAPI 3.1 document</a>. In command lines <code>$CLUSTER</code> stands for the
    cluster's id: <code>CLUSTER=$(curl -s ${ADDRESS}/v3/clusters | grep -o '"cluster_id":"[^"]*' | cut -d'"' -f4)</code>
    ${parts.map(({ tag, routes }) =>
      html`<section id="${tag}"><h2>${tags[tag]}</h2>
${routes.map((route) => article(route, operationOf(document, route)))}</section>\n`
    )}<section id="shapes"><h2>Shapes</h2>
    ${Object.entries(document.components.schemas).map(([name, schema]) =>
      html`
        <article id="${name}">
          <h3>${name}</h3>
          <pre>${shapeOf(schema)}</pre>
        </article>\\n
      `
    )}</section>
    </main>
    </html>
  `;
  return page.text;
}

function operationOf(document: OpenApiDocument, { path, method }: Route): Operation {
  return document.paths[path]![method.toLowerCase()]!;
}

function article(route: Route, operation: Operation): Html {
  const { parameters, requestBody, responses, summary, description } = operation;
  return html`
    <article id="${anchorOf(route)}">
      <h3><a href="#${anchorOf(route)}">${methodOf(route)} <code>${route.path}</code></a></h3>
      <p>${summary}.${description === undefined ? undefined : html`\n<p>${inline(description)}`}
    ${parameters.length === 0 ? undefined : parameterTable(parameters)}${requestBody === undefined
      ? undefined
      : html`<h4>Body${requestBody.required ? undefined : " (may be left out)"}</h4>
<p>${requestBody.description}
${contents(requestBody.content)}`}<h4>Answers</h4>
    <dl>
    ${Object.entries(responses).flatMap(([status, response]) =>
      "$ref" in response ? [] : [answer(status, response)]
    )}</dl>
    ${route.example === undefined
      ? undefined
      : html`<pre class="try">curl ${route.example.replace("HOST", ADDRESS)}</pre>`}
    </article>
  `;
}

function parameterTable(parameters: readonly ParameterObject[]): Html {
  return html`
    <table>
    ${parameters.map(({ name, in: place, required, description, schema }) =>
      html`
        <tr>
          <th><code>${name}</code> <small>${place}${required && place !== "path"
            ? ", required"
            : ""}</small><td>${inline(description)}<td class="type">${shapeOf(schema)}\\n
      `
    )}</table>
  `;
}

function answer(status: string, { description, headers, content }: ResponseObject): Html {
  return html`<dt>${status}<dd>${description}
${
    Object.entries(headers ?? {}).map(([name, { description }]) =>
      html`<br><code>${name}</code>: ${description}`
    )
  }${contents(content ?? {})}`;
}

/** Types with the same shape stand together. */
function contents(content: NonNullable<ResponseObject["content"]>): Html {
  const groups = Map.groupBy(Object.entries(content), ([, { schema }]) => JSON.stringify(schema));
  return html`${
    Array.from(groups.values(), (group) => {
      const { schema, example } = group[0]![1];
      return html`<p class="types">${
        group.map(([type]) =>
          html`
            <code>${type}</code>
          `
        )
      }
${schema === undefined ? undefined : html`<pre>${shapeOf(schema)}</pre>`}${
        example === undefined ? undefined : html`<pre class="example">${JSON.stringify(example)}</pre>`
      }`;
    })
  }`;
}

function methodOf({ method }: Route): Html {
  return html`<b class="${method.toLowerCase()}">${method}</b>`;
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
  return html`${text.split("`").map((part, i) => i % 2 === 1 ? html`<code>${part}</code>` : part)}`;
}
