import type { CommandDeps } from './command-deps.ts';
import { confirm } from './confirm.ts';
import { EXIT, Refused, type Outcome } from './outcome.ts';
import { signature, takesAccessAway, testEvent, type TestEventType } from './test-event.ts';

type Deps = Pick<
  CommandDeps,
  'config' | 'database' | 'serverUrl' | 'fetch' | 'now' | 'newId' | 'terminal'
>;

export interface TestEventRequest {
  readonly type: TestEventType;
  readonly directory?: string;
  readonly user?: string;
  readonly group?: string;
  readonly yes: boolean;
}

/**
 * Signs a test event and posts it to the running server, through the same intake as WorkOS's. Asks
 * first when it can take access away. A repeat is another event. Throws Refused otherwise.
 */
export const sendTestEvent = async (deps: Deps, request: TestEventRequest): Promise<Outcome> => {
  const { type } = request;
  const [secret] = deps.config.webhookSecrets;
  if (secret === undefined) {
    throw new Refused('WORKOS_WEBHOOK_SECRET is not set; it must be the secret of the endpoint.');
  }
  const database = deps.database();
  const id = deps.newId().replaceAll('-', '');
  const directoryId = request.directory ?? (await onlyDirectory(deps));
  const userId = request.user ?? `directory_user_test_${id}`;
  const groupId = request.group ?? `directory_group_test_${id}`;
  const [user, group] = await Promise.all([
    database.users.findOne({ directoryUserId: userId, directoryId }),
    database.groups.findOne({ _id: groupId, directoryId }),
  ]);
  if (takesAccessAway(type)) {
    const about =
      type === 'dsync.deleted'
        ? directoryId
        : (request.user ?? request.group ?? 'an invented record');
    await confirm(deps.terminal, {
      effect: `A ${type} event about ${about} is applied like a real one and may take access away.`,
      yes: request.yes,
    });
  }
  const now = deps.now();
  const event = testEvent({
    type,
    subject: { directoryId, userId, groupId, user, group },
    now,
    id,
  });
  const body = JSON.stringify(event);
  const url = `${deps.serverUrl}/webhooks/workos`;
  const answer = await deps
    .fetch(url, {
      method: 'POST',
      headers: {
        'content-type': 'application/json',
        'workos-signature': signature(secret, now.getTime(), body),
      },
      body,
      signal: AbortSignal.timeout(10_000),
    })
    .catch(() => null);
  if (answer === null) throw new Refused(`The server does not answer at ${url}; is it running?`);
  if (!answer.ok) {
    throw new Refused(
      `The server refused the test event with status ${answer.status}${answer.status === 401 ? '; WORKOS_WEBHOOK_SECRET must be the one it runs with' : ''}.`,
    );
  }
  return {
    data: { id: event['id'], type, directory: directoryId, user: userId, group: groupId },
    text: `The server stored ${String(event['id'])}; \`dsync events list --directory ${directoryId}\` shows what became of it.`,
  };
};

const onlyDirectory = async (deps: Deps): Promise<string> => {
  const known = await deps
    .database()
    .directories.find({}, { projection: { _id: 1 } })
    .limit(2)
    .toArray();
  const [only] = known;
  if (only === undefined || known.length > 1) {
    throw new Refused(
      `--directory is needed, because ${only === undefined ? 'no directory is' : 'several directories are'} known.`,
      EXIT.usage,
    );
  }
  return only._id;
};
