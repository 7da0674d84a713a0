import ts from 'typescript'

/**
 * Replaces `type Job = Static<typeof Job>` by the object type that it stands for, so that a published package needs no schema library
 * for its types, and an editor shows a reader the fields.
 */
export function spellOutSchemas(checker: ts.TypeChecker): ts.TransformerFactory<ts.SourceFile | ts.Bundle> {
  return (context) => {
    const visit = (node: ts.Node): ts.Node =>
      ts.isTypeAliasDeclaration(node) && isStatic(node.type) ? spellOut(node, checker) : ts.visitEachChild(node, visit, context)
    return (file) => ts.visitEachChild(file, visit, context)
  }
}

function isStatic(type: ts.TypeNode): boolean {
  return ts.isTypeReferenceNode(type) && ts.isIdentifier(type.typeName) && type.typeName.text === 'Static'
}

const flags = ts.NodeBuilderFlags.NoTruncation | ts.NodeBuilderFlags.InTypeAlias | ts.NodeBuilderFlags.MultilineObjectLiterals

function spellOut(alias: ts.TypeAliasDeclaration, checker: ts.TypeChecker): ts.TypeAliasDeclaration {
  const source = ts.getOriginalNode(alias) as ts.TypeAliasDeclaration
  const type = checker.typeToTypeNode(checker.getTypeFromTypeNode(source.type), source, flags)
  if (!type) throw new Error(`The type ${alias.name.text} cannot be spelt out`)
  return ts.factory.updateTypeAliasDeclaration(alias, alias.modifiers, alias.name, alias.typeParameters, type)
}
