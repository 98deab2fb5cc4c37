// The provider and the hook as the library's documentation has them.

import { Auth0Provider, useAuth0 } from '@auth0/auth0-react';
import { useEffect, useState } from 'react';
import { createRoot } from 'react-dom/client';

const query = new URLSearchParams(location.search);

const Page = () => {
  const { isLoading, isAuthenticated, user, error, loginWithRedirect, logout, getAccessTokenSilently } = useAuth0();
  const [token, setToken] = useState('');
  const [invitation, organization] = [query.get('invitation'), query.get('organization')];
  useEffect(() => {
    if (!isLoading && invitation) loginWithRedirect({ authorizationParams: { invitation, organization } });
  }, [isLoading]);
  if (isLoading || invitation) return <p>Wait</p>;
  const organizationOf = () => document.querySelector('#organization').value || undefined;
  return (
    <main>
      <pre id="user">{JSON.stringify(isAuthenticated ? user : null)}</pre>
      <pre id="error">{error?.message}</pre>
      <pre id="token">{token}</pre>
      <input id="organization" />
      <button id="login" onClick={() => loginWithRedirect({ authorizationParams: { organization: organizationOf() } })}>Log in</button>
      <button id="logout" onClick={() => logout({ logoutParams: { returnTo: location.origin + location.pathname } })}>Log out</button>
      <button id="get" onClick={async () => setToken(await getAccessTokenSilently({ cacheMode: 'off' }).catch((failure) => failure.error))}>Token</button>
    </main>
  );
};

createRoot(document.querySelector('#root')).render(
  <Auth0Provider {...window.settings}><Page /></Auth0Provider>,
);
