import type { FastifyRequest } from 'fastify';
import ipaddr from 'ipaddr.js';
import { hasBearerToken } from './bearer-token.ts';
import type { RefusalCode } from './error-reply.ts';

const FORWARDED = ['forwarded', 'x-forwarded-for', 'x-forwarded-host', 'x-real-ip', 'via'];

/**
 * Why a request may not see what is the operators' own; null when it may. With a token, every request
 * needs it. Without one the server is bound to loopback, and yet a proxy on this machine, or a page
 * in a browser that resolves its own name to this machine, could reach it for others: so only who
 * asks for this machine by its own name, and directly, is let in.
 */
export const refusalOfOperator = (
  request: FastifyRequest,
  token: string | null,
): Extract<RefusalCode, 'unauthorized' | 'local-only'> | null => {
  if (token !== null) {
    return hasBearerToken(request.headers.authorization, token) ? null : 'unauthorized';
  }
  const forwarded = FORWARDED.some((name) => request.headers[name] !== undefined);
  return !forwarded && isThisMachine(request.headers.host) ? null : 'local-only';
};

const isThisMachine = (host: string | undefined): boolean => {
  const name = URL.parse(`http://${host ?? ''}`)?.hostname.replace(/^\[(.*)\]$/, '$1');
  if (name === undefined) return false;
  return (
    name === 'localhost' || (ipaddr.isValid(name) && ipaddr.process(name).range() === 'loopback')
  );
};
