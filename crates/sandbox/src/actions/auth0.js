// The part of the `auth0` package that Actions use, in the call styles of its versions 3, 4 and 5.
(function (host) {
  'use strict';

  class ManagementApiError extends Error {
    constructor(status, body) {
      super((body && body.message) || `Management API answered ${status}`);
      this.name = 'ManagementApiError';
      this.statusCode = status;
      this.errorCode = body && body.errorCode;
    }
  }

  const segment = (value, name) => {
    if (typeof value !== 'string' || value === '') throw new TypeError(`Required parameter ${name} was missing.`);
    return encodeURIComponent(value);
  };

  class ManagementClient {
    constructor({ domain, clientId, clientSecret }) {
      const base = /^https?:\/\//.test(domain) ? domain : `https://${domain}`;
      const client = JSON.stringify({ base: base.replace(/\/+$/, ''), client_id: clientId, client_secret: clientSecret });

      const call = async (method, path, body) => {
        const request = JSON.stringify({ method, path, body: body === undefined ? null : body });
        const { status, body: data } = JSON.parse(host.management(client, request));
        if (status >= 400) throw new ManagementApiError(status, data);
        return { data, status };
      };
      const memberRoles = (id, user) => `organizations/${segment(id, 'id')}/members/${segment(user, 'user_id')}/roles`;

      this.organizations = {
        get: ({ id }) => call('GET', `organizations/${segment(id, 'id')}`),
        update: ({ id }, body) => call('PATCH', `organizations/${segment(id, 'id')}`, body),
        getMemberRoles: ({ id, user_id }) => call('GET', memberRoles(id, user_id)),
        addMemberRoles: ({ id, user_id }, body) => call('POST', memberRoles(id, user_id), body),
        deleteMemberRoles: ({ id, user_id }, body) => call('DELETE', memberRoles(id, user_id), body),
        members: {
          roles: {
            list: (id, user) => call('GET', memberRoles(id, user)),
            assign: (id, user, body) => call('POST', memberRoles(id, user), body),
            delete: (id, user, body) => call('DELETE', memberRoles(id, user), body),
          },
        },
      };
      this.users = {
        get: (id) => call('GET', `users/${segment(typeof id === 'object' ? id.id : id, 'id')}`),
        update: (id, body) => call('PATCH', `users/${segment(typeof id === 'object' ? id.id : id, 'id')}`, body),
      };
      this.roles = { getAll: () => call('GET', 'roles') };
    }
  }

  return Object.freeze({ ManagementClient, ManagementApiError });
})
