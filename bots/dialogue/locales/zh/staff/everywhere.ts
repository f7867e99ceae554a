const roles: Record<string, string> = {
  owner: '店主',
  manager: '经理',
  stock: '库管',
  finance: '财务',
  support: '客服',
  auditor: '审计',
}

export const everywhere = {
  staffMenu: '‹ 管理菜单',
  zeroTyped: '要填零请输入 00：0 是返回。',
  onlyRoles: (names: readonly string[]) => `这件事只有${names.join('、')}可以做。`,
  roles,
  deleteYourself: '请自己删除刚才含有卡密的消息：在这个聊天里我删不了。',
  on: '是',
  off: '否',
  none: '无',
}
