// Serves a page for each path, made of one bundled script and the settings that it reads from `window.settings`.

import { once } from 'node:events';
import http from 'node:http';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';

const bundle = async (name) => {
  const entry = fileURLToPath(new URL(`../pages/${name}`, import.meta.url));
  const built = await build({
    entryPoints: [entry], bundle: true, write: false, format: 'iife', jsx: 'automatic',
    define: { 'process.env.NODE_ENV': '"production"' },
  });
  return built.outputFiles[0].text;
};

export const serve = async (name) => {
  const script = await bundle(name);
  const settings = new Map();
  const server = http.createServer((request, response) => {
    const { pathname } = new URL(request.url, 'http://localhost');
    if (pathname === '/script.js') {
      response.setHeader('content-type', 'text/javascript').end(script);
    } else if (settings.has(pathname)) {
      const text = JSON.stringify(settings.get(pathname));
      response.setHeader('content-type', 'text/html');
      response.end(`<!doctype html><title>App</title><div id="root"></div><script>window.settings = ${text}</script><script src="/script.js"></script>`);
    } else {
      response.writeHead(404).end();
    }
  });
  server.listen(0, 'localhost');
  await once(server, 'listening');
  const stop = () => new Promise((done) => server.close(done).closeAllConnections());
  return { origin: `http://localhost:${server.address().port}`, settings, stop };
};
