// An Express application on a free port of this machine.

import { once } from 'node:events';
import express from 'express';

export const listen = async (app) => {
  const server = app.listen(0, 'localhost');
  await once(server, 'listening');
  const stop = () => new Promise((done) => server.close(done).closeAllConnections());
  return { base: `http://localhost:${server.address().port}`, stop };
};

export const newApp = () => express();
