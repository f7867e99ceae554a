import type { ComplaintState, DefectRate, UnitFacts } from './model.ts'

/** Whether staff may (still) decide about it: a rejection can be taken back, money and keys cannot. */
export const mayDecide = (state: ComplaintState): boolean => state === 'open' || state === 'rejected'

/** Whether its buyer may complain of a key: they must have seen it, and it must not have been judged. */
export const mayComplain = ({ state, complaint }: Pick<UnitFacts, 'state' | 'complaint'>): boolean =>
  state !== 'unseen' && state !== 'refunded' && (complaint === undefined || complaint.state === 'withdrawn')

/** `2.5`: percent with at most one decimal; undefined when nothing was sold. */
export const defectPercent = ({ sold, upheld }: DefectRate): number | undefined =>
  sold === 0 ? undefined : Math.round((upheld / sold) * 1000) / 10
