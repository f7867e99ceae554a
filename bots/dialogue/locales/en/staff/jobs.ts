import type { jobs as Zh } from '../../zh/staff/jobs.ts'

export const jobs: typeof Zh = {
  jobsButton: '🧰 Failed jobs',
  jobsTitle: (total) => `Failed jobs (${total})`,
  noJobs: 'No failed jobs.',
  jobsHint: 'These were tried many times without success and are not tried again by themselves.',
  jobLine: (id, task, about) => `#${id} ${task}${about ? ` (${about})` : ''}`,
  jobTitle: (id) => `Job #${id} `,
  jobError: 'Last error: ',
  jobAttempts: (attempts) => `Tried ${attempts} ${attempts === 1 ? 'time' : 'times'}`,
  jobSince: (time) => `There since ${time}`,
  jobRetry: '🔁 Try again',
  jobRetried: (id) => `Job #${id} is tried again now.`,
  jobsRetryAll: (total) => `🔁 Try all again (${total})`,
  jobsRetried: (count) => (count === 1 ? '1 job is tried again now.' : `${count} jobs are tried again now.`),
  jobDrop: '🗑 Drop',
  jobDropAsk: 'Drop this job? It will never be done: whoever it was to tell is not told.',
  jobDropYes: 'Yes, drop it',
  jobDropped: (id) => `Job #${id} is dropped.`,
  jobGone: 'This job is not there any more: it was done, or somebody has seen to it.',
  jobsNotice: (total) =>
    total === 1
      ? '❗️ A job has failed for good and waits for you'
      : `❗️ ${total} jobs have failed for good and wait for you`,
}
