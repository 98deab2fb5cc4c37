// The official Management API client, as a backend makes it, and what it reads page by page.

import { randomBytes } from 'node:crypto';
import { ManagementClient } from 'auth0';
import { running } from '../../node-support/dev.mjs';
import { note } from './calls.mjs';

export const dev = running();
note(dev);

export const clientId = 'tenantry-management';
export const clientSecret = 'tenantry-management-secret';

export const management = (options = {}) =>
  new ManagementClient({ domain: dev.domain, clientId, clientSecret, ...options });

export const fresh = (word) => `${word}-${randomBytes(4).toString('hex')}`;

export const all = async (page) => {
  const items = [];
  for await (const item of await page) items.push(item);
  return items;
};

export const PASSWORD = 'Correct-horse-9';

export const newUser = (auth0, more = {}) =>
  auth0.users.create({
    connection: 'Username-Password-Authentication', email: `${fresh('user')}@example.com`, password: PASSWORD, ...more,
  });
