// A page as the library's documentation has it. What it has found out stands in `window.found`; the client is there to
// be asked.

import { createAuth0Client } from '@auth0/auth0-spa-js';

const found = async () => {
  const client = await createAuth0Client(window.settings);
  window.client = client;
  const query = new URLSearchParams(location.search);
  if (query.has('invitation')) {
    const { invitation, organization } = Object.fromEntries(query);
    await client.loginWithRedirect({ authorizationParams: { invitation, organization } });
    return null;
  }
  let appState;
  if (query.has('state') && (query.has('code') || query.has('error'))) {
    ({ appState } = await client.handleRedirectCallback());
    history.replaceState({}, '', location.pathname);
  }
  return { ...(appState && { appState }), user: (await client.getUser()) ?? null };
};

found().then(
  (result) => { if (result) window.found = result; },
  (error) => { window.found = { error: error.error, says: error.error_description ?? error.message }; },
);
