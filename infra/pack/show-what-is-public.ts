import ts from 'typescript'

/**
 * Leaves the private and protected members out of classes. So a class of one package is the same type as its twin in another: a function is
 * written against the SharedDict of `manyhands`, and called with that of `@manyhands/client`.
 */
export function showWhatIsPublic(): ts.TransformerFactory<ts.SourceFile | ts.Bundle> {
  return (context) => {
    const visit = (node: ts.Node): ts.Node => {
      if (!ts.isClassDeclaration(node)) return ts.visitEachChild(node, visit, context)
      const { modifiers, name, typeParameters, heritageClauses, members } = node
      return ts.factory.updateClassDeclaration(node, modifiers, name, typeParameters, heritageClauses, members.filter(isPublic))
    }
    return (file) => ts.visitNode(file, visit) as ts.SourceFile
  }
}

function isPublic(member: ts.ClassElement): boolean {
  const hidden = ts.ModifierFlags.Private | ts.ModifierFlags.Protected
  return !(member.name && ts.isPrivateIdentifier(member.name)) && (ts.getCombinedModifierFlags(member) & hidden) === 0
}
